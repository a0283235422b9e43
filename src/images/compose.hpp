#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "images/candidate.hpp"
#include "images/pieces.hpp"

namespace bundle::images {

/// What stands around siblings that may be the pieces of one reference.
struct ComposeContext {
  bool below_image_key = false;  ///< the mapping is the value of a key like `image`
  bool bare_keys = true;         ///< `tag`, `version`, `repository` count as pieces (not for env and flags)
  bool is_list_item = false;     ///< one of several below that key
  bool is_resource = false;      ///< of a custom resource itself, where {repository, version} is an image
  std::string_view hub;          ///< `hub` and `tag` of a mapping further out: Istio's global values
  std::string_view hub_tag;
  std::string_view registry;  ///< `registry`, `base`, … of a mapping further out, for names without a host
  std::string_view version;   ///< of a mapping further out, for a `baseImage`
};

struct Composed {
  std::string text;
  ImageParts parts;
  std::string doubt;                ///< pieces without which no name can be made
  std::set<std::string_view> keys;  ///< the siblings that went into it
};

/// References made of siblings: {repository, image, version|tag}, {registry, repository, tag, digest},
/// {repository, name, tag}, {image, tag}, and the same with a prefix (`sidecarImageRepository`, …); also with
/// pieces that do not speak of images where the rest is clear: AGENT_IMAGE with AGENT_VERSION,
/// `trivy.repository` with `trivy.tag`.
std::vector<Composed> compose(const std::vector<NamedValue>& siblings, const ComposeContext& context);

}  // namespace bundle::images
