#include "deliver/bundle_images.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "deliver/image_names.hpp"
#include "format/image_blobs.hpp"

namespace bundle::deliver {
namespace {

std::pair<std::uint64_t, std::uint64_t> place_of(const format::Entry& entry) {
  return {entry.at.front().part, entry.at.front().offset};
}

std::vector<const format::Entry*> entries_of(const format::Index& index, const format::PartSet& parts,
                                             const std::string& digest) {
  std::vector<const format::Entry*> entries;
  for (const auto& [hex, size_bytes] : format::blobs_of_image(index, parts, digest)) {
    entries.push_back(index.find_entry("blobs/sha256/" + hex));
  }
  return entries;
}

}  // namespace

std::vector<BundleImage> bundle_images(const format::Index& index, const format::PartSet& parts,
                                       const spec::Roles& roles) {
  std::map<std::string, std::vector<std::string>> names;
  for (const ImageName& name : image_names(index, roles)) {
    names[name.digest].push_back(name.name);
  }
  std::vector<BundleImage> images;
  for (const format::Image& image : index.images) {
    const auto own_names = names.find(image.digest);
    if (own_names == names.end()) {
      continue;
    }
    if (index.find_entry("blobs/sha256/" + image.digest.substr(image.digest.find(':') + 1)) == nullptr) {
      fail(ErrorKind::integrity, "the bundle lacks {}, the manifest of {}", image.digest, image.ref);
    }
    images.push_back({.ref = image.ref,
                      .digest = image.digest,
                      .names = std::move(own_names->second),
                      .blobs = entries_of(index, parts, image.digest)});
    names.erase(own_names);
  }
  const auto first_of = [](const BundleImage& image) {
    const auto first =
        std::ranges::min_element(image.blobs, {}, [](const auto* blob) { return place_of(*blob); });
    return place_of(**first);
  };
  std::ranges::stable_sort(images, {}, first_of);
  return images;
}

std::string digest_of(const format::Entry& blob) { return "sha256:" + blob.sha256; }

std::set<std::string> digests_of(const BundleImage& image) {
  std::set<std::string> digests;
  for (const format::Entry* blob : image.blobs) {
    digests.insert(digest_of(*blob));
  }
  return digests;
}

std::uint64_t missing_bytes(const BundleImage& image, const std::set<std::string>& known) {
  std::uint64_t total = 0;
  for (const format::Entry* blob : image.blobs) {
    total += known.contains(digest_of(*blob)) ? 0 : blob->size_bytes;
  }
  return total;
}

}  // namespace bundle::deliver
