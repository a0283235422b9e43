#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::test {

/// The blobs of a containerd, and what they refer to.
class ContentStore {
 public:
  std::map<std::string, std::string> blobs;  ///< by digest

  /// The blobs below this one (itself first), as far as they are here; `missing` counts those that are not.
  /// Of an index, the platforms that are not here do not count when at least one is.
  std::vector<std::string> reach(const std::string& digest, std::size_t& missing) const;
  /// The digest of an image's configuration; empty when it is not known.
  std::string config_of(const std::string& digest) const;
  /// Whether the image, or one that an index refers to and is here, has a layer.
  bool has_layers(const std::string& digest) const;
};

}  // namespace bundle::test
