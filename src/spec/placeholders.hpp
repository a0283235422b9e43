#pragma once

#include <string>

#include "base/yaml.hpp"

namespace bundle::spec {

/// Fills {version}, {version-bare} (no leading v), {minor} (`v1.34` of `v1.34.3`) and {arch} in all scalars
/// of a component file. Rows of `images.rename` and `images.ignore` stay: braces there are filled from
/// what is found, or are alternatives. {el}, {os.id}, {os.version} and {os.major} stay too: they come from
/// the target. Any other `{name}` is Error(spec).
void fill_placeholders(yaml::Node& root, const std::string& version, const std::string& file);

}  // namespace bundle::spec
