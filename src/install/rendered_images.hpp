#pragma once

#include <set>
#include <string>
#include <string_view>

namespace bundle::install {

/// The images of every pod specification in rendered manifests, as the container runtime resolves them.
/// `name` goes into errors, which are Error(spec).
std::set<std::string> pod_images(std::string_view manifests, const std::string& name);

}  // namespace bundle::install
