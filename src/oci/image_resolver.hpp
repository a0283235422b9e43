#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/registry.hpp"

namespace bundle::oci {

/// A document that was fetched and checked.
struct Fetched {
  spec::Digest digest;
  std::string content;
  spec::ImageDocument document;
};

/// One walk from a reference down to the manifest of a platform.
class ImageResolver {
 public:
  ImageResolver(const Registry& registry, const spec::Reference& reference, std::string_view platform)
      : registry_(registry), reference_(reference), platform_(spec::parse_platform(platform)) {}

  /// Goes on from a document until the manifest is reached; nothing when this branch has none.
  std::optional<Fetched> descend(Fetched document, int depth);
  void keep(const Fetched& fetched) {
    metadata_.push_back({fetched.digest, fetched.content.size(), fetched.document.media_type});
    documents_[fetched.digest.str()] = fetched.content;
  }
  /// Refuses what no container runtime runs, and an image for another platform.
  ResolvedImage finish(const spec::Digest& top, const Fetched& manifest);

 private:
  void forget_from(std::size_t count) {
    metadata_.erase(metadata_.begin() + static_cast<std::ptrdiff_t>(count), metadata_.end());
  }
  std::optional<Fetched> descend_into(const spec::Descriptor& child, int depth);
  Fetched fetch(const spec::Descriptor& child);
  spec::Platform platform_of(const Fetched& manifest) const;
  bool fits(const Fetched& manifest) const;

  const Registry& registry_;
  const spec::Reference& reference_;
  spec::Platform platform_;
  int fetched_count_ = 0;
  std::vector<Blob> metadata_;  ///< from the top down to where the walk is
  std::map<std::string, std::string> documents_;
};

}  // namespace bundle::oci
