#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::images {

using Strings = std::vector<std::string>;

/// The node at this path of keys; null when there is none.
const yaml::Node* at(const yaml::Node& node, std::initializer_list<std::string_view> path);
/// Its text when it is a scalar; else empty.
std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
/// The text of a member that is a scalar; else empty.
std::string_view scalar_of(const yaml::Node& mapping, std::string_view key);
/// The texts of a list.
Strings texts_at(const yaml::Node& node, std::string_view key);
/// Has `labels` every member of `wanted`, with its value?
bool has_labels(const yaml::Node& labels, const yaml::Node& wanted);
bool has_any(const Strings& texts, std::initializer_list<std::string_view> wanted);

}  // namespace bundle::images
