#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::images {

/// An image that a program takes instead of its sibling on nodes whose OS fits: `{osImage: REGEX, image:
/// NAME}` in a list whose own mapping has the fallback `image` and the `tag` of them all.
struct OsChoice {
  std::vector<std::string> path;  ///< below that mapping: `match`, `[1]`
  std::string text;               ///< name and tag, without a registry
  std::string pattern;  ///< of the node's `status.nodeInfo.osImage`; empty: chosen by something else
  const yaml::Node* at = nullptr;
};

/// The choices of a mapping; none where its list is one of other things.
std::vector<OsChoice> os_choices(const yaml::Node& mapping);

/// Whether an OS with this name (`Red Hat Enterprise Linux 9.4 (Plow)`) fits such a pattern anywhere, as
/// regular expressions do. Nothing for a pattern with more than `\`, `.`, `.*`, `^`, `$` and `|` in it: what
/// comes from a chart is not run as a program.
std::optional<bool> fits_os(std::string_view pattern, std::string_view os_image);

}  // namespace bundle::images
