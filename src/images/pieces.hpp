#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bundle::images {

using NamedValue = std::pair<std::string_view, std::string_view>;

/// The values of one group of siblings that may make a reference; empty where there is none.
struct Pieces {
  std::string image, registry, repository, name, tag, version, digest;
  std::string_view image_key;
  std::set<std::string_view> keys;  ///< the siblings that went into it
  bool has_empty_image = false;
  bool has_empty_version = false;  ///< of tag, version and digest: it is set elsewhere, as by linkerd

  bool has_version() const { return !tag.empty() || !version.empty() || !digest.empty(); }
};
using Groups = std::map<std::string, Pieces>;

/// Groups by what the keys say of images; templates count for nothing. `bare_keys`: `tag`, `version`,
/// `repository` say enough (not for environments and flags).
Groups gather_pieces(const std::vector<NamedValue>& siblings, bool bare_keys);

/// Groups of keys that say nothing of images: AGENT_VERSION, `trivy.repository`.
Groups gather_loose_pieces(const std::vector<NamedValue>& siblings);

/// Gives an image or repository of `group` (one of `groups`) the version that a loose name, or the group
/// `default`, holds for it: AGENT_IMAGE gets AGENT_VERSION, `image` gets `defaultImageVersion`.
void take_version(const std::string& group, Pieces& pieces, const Groups& loose, const Groups& groups);

/// Does nothing beside a repository tell that sources or a chart are meant (`chart`, `branch`, …)?
bool is_without_sources(const std::vector<NamedValue>& siblings);

}  // namespace bundle::images
