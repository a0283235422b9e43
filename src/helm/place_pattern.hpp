#pragma once

#include <string>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::helm {

/// Does a rule's path (`spec.{a,b}.*`, `data["a.yaml"].x`) name this path? `exact`: to its end; else whatever
/// lies below as well.
bool matches_path(const std::string& pattern, const std::vector<std::string>& path, bool exact);

/// The node at a path without alternatives; null when there is none.
const yaml::Node* find_path(const yaml::Node* node, const std::string& path);

}  // namespace bundle::helm
