#pragma once

#include <string>

namespace bundle::helm {

/// `{kind: Pod, path: spec.containers.image}`: the place of a rule, quoted as YAML wants it.
std::string answer_place(const std::string& kind, const std::string& path);

}  // namespace bundle::helm
