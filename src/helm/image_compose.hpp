#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "helm/image_candidate.hpp"

namespace bundle::helm {

using NamedValue = std::pair<std::string_view, std::string_view>;

/// What stands around siblings that may be the pieces of one reference.
struct ComposeContext {
  bool below_image_key = false;  ///< the mapping is the value of a key like `image`
  bool bare_keys = true;         ///< `tag`, `version`, `repository` count as pieces (not for env and flags)
  std::string_view hub;          ///< `hub` and `tag` of a mapping further out: Istio's global values
  std::string_view hub_tag;
};

struct Composed {
  std::string text;
  ImageParts parts;
  std::string doubt;                ///< pieces without which no name can be made
  std::set<std::string_view> keys;  ///< the siblings that went into it
};

/// References made of siblings: {repository, image, version|tag}, {registry, repository, tag, digest},
/// {repository, name, tag}, {image, tag}, and the same with a prefix (`sidecarImageRepository`, …).
std::vector<Composed> compose(const std::vector<NamedValue>& siblings, const ComposeContext& context);

}  // namespace bundle::helm
