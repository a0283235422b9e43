#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

// How site.yml's readers refuse a value.
namespace bundle::spec {

/// A value from outside in quotes, as a message shows it: on one line, and not a page of it.
std::string shown(std::string_view text);

/// Throws at the value's place unless it `holds`: "'x' is not WHAT", with the hint "expected EXPECTED".
void require(const yaml::Reader& reader, const yaml::Node& node, bool holds, std::string_view what,
             std::string_view expected);

/// The value of `key` if it is one of `allowed`, whose first is the default. Throws at its place.
std::string choice(yaml::Reader& reader, std::string_view key, const std::vector<std::string>& allowed);

}  // namespace bundle::spec
