#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "format/index.hpp"
#include "format/parts.hpp"
#include "spec/component.hpp"

namespace bundle::deliver {

/// An image of the bundle with all names that containerd shall know it by.
struct BundleImage {
  std::string ref;     ///< for messages: the first of its references in the index
  std::string digest;  ///< `sha256:…` of its index or manifest
  std::vector<std::string> names;
  std::vector<const format::Entry*> blobs;  ///< each once
};

/// The images that a node with these roles gets, in the order in which they lie in the parts, by the images'
/// manifests. `index` must outlive them. Throws Error(integrity) when one is malformed or not there.
std::vector<BundleImage> bundle_images(const format::Index& index, const format::PartSet& parts,
                                       const spec::Roles& roles);

/// `sha256:…` of a blob.
std::string digest_of(const format::Entry& blob);

/// Those of all its blobs.
std::set<std::string> digests_of(const BundleImage& image);

/// The size of those blobs of `image` whose digests are not in `known`.
std::uint64_t missing_bytes(const BundleImage& image, const std::set<std::string>& known);

}  // namespace bundle::deliver
