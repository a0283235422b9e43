#pragma once

#include <map>
#include <string>
#include <string_view>

#include "format/index.hpp"

namespace bundle::serve {

/// The images of a bundle by the names that they have elsewhere.
class Catalogue {
 public:
  using Tags = std::map<std::string, std::string>;  ///< tag -> `sha256:…`; none of an image by digest alone

  explicit Catalogue(const format::Index& index);

  /// `docker.io/library/busybox` -> its tags.
  const std::map<std::string, Tags>& repositories() const { return repositories_; }

  /// The tags of a repository, by its whole name, or by the one that it has at the host `mirror_of` (what
  /// containerd calls `ns` when it asks a mirror; empty: not given). Null when there is none.
  const Tags* find(const std::string& name, std::string_view mirror_of) const;

 private:
  std::map<std::string, Tags> repositories_;
};

}  // namespace bundle::serve
