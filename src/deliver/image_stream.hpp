#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "format/index.hpp"
#include "format/parts.hpp"
#include "spec/component.hpp"

namespace bundle::deliver {

/// An image of the bundle with all names that containerd shall know it by.
struct BundleImage {
  std::string ref;     ///< for messages: the first of its references in the index
  std::string digest;  ///< `sha256:…` of its index or manifest
  std::string media_type;
  std::vector<std::string> names;
  std::vector<const format::Entry*> blobs;  ///< each once, in the order in which they lie in the parts
};

/// The images that a node with these roles imports, from the bundle's `index.json` and the images' manifests.
/// `index` must outlive them. Throws Error(integrity) when one is malformed or not what the index says.
std::vector<BundleImage> bundle_images(const format::Index& index, const format::PartSet& parts,
                                       const spec::Roles& roles);

/// The size of those blobs of `image` whose digests are not in `known`.
std::uint64_t missing_bytes(const BundleImage& image, const std::set<std::string>& known);

/// Streams an OCI image layout of this one image as tar into `sink`, without the blobs in `known` (digests).
/// `index.json`, without which ctr imports nothing, is the last entry and goes out only after every blob has
/// matched its digest: throws Error(integrity) before. Source: OCI image-spec, image-layout.md.
void stream_image(const format::PartSet& parts, const BundleImage& image, const std::set<std::string>& known,
                  std::span<std::byte> buffer, const format::Sink& sink);

}  // namespace bundle::deliver
