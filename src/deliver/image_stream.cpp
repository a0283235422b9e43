#include "deliver/image_stream.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.hpp"
#include "deliver/image_names.hpp"
#include "format/entry.hpp"
#include "format/image_blobs.hpp"
#include "format/index.hpp"
#include "format/tar.hpp"

namespace bundle::deliver {
namespace {

constexpr std::uint64_t kMaxLayoutIndexBytes = 16 << 20;
constexpr std::string_view kNameKey = "io.containerd.image.name";
constexpr std::string_view kRefKey = "org.opencontainers.image.ref.name";

std::string digest_of(const format::Entry& entry) { return "sha256:" + entry.sha256; }

/// Media types by name and digest, from the layout's own index. A digest of Docker's type has a row as an OCI
/// index before its true one, so that the last row counts.
std::map<std::pair<std::string, std::string>, std::string> read_media_types(const format::Index& index,
                                                                            const format::PartSet& parts) {
  const format::Entry* entry = index.find_entry("index.json");
  if (entry == nullptr) {
    fail(ErrorKind::integrity, "the bundle has images but no index.json");
  }
  const json::Value layout =
      json::parse(format::read_entry(parts, *entry, kMaxLayoutIndexBytes), "index.json");
  json::Reader reader(layout, "index.json");
  std::map<std::pair<std::string, std::string>, std::string> types;
  for (const json::Value& row : reader.array("manifests")) {
    json::Reader descriptor(row, "index.json");
    json::Reader annotations(descriptor.member("annotations"), "index.json");
    types[{annotations.string(kNameKey), descriptor.string("digest")}] = descriptor.string("mediaType");
  }
  return types;
}

std::vector<const format::Entry*> entries_of(const format::Index& index, const format::PartSet& parts,
                                             const std::string& digest) {
  std::vector<const format::Entry*> entries;
  for (const auto& [hex, size_bytes] : format::blobs_of_image(index, parts, digest)) {
    entries.push_back(index.find_entry("blobs/sha256/" + hex));
  }
  std::sort(entries.begin(), entries.end(), [](const format::Entry* a, const format::Entry* b) {
    return std::pair(a->at.front().part, a->at.front().offset) <
           std::pair(b->at.front().part, b->at.front().offset);
  });
  return entries;
}

void write_tar_entry(std::string_view path, std::string_view content, const format::Sink& sink) {
  constexpr std::array<std::byte, format::kTarBlock> kZeros{};
  sink(format::tar_header(path, content.size(), 0644));
  sink(as_bytes(content));
  sink(Bytes(kZeros).first(format::padded(content.size()) - content.size()));
}

void write_blob(const format::PartSet& parts, const format::Entry& entry, std::span<std::byte> buffer,
                const format::Sink& sink) {
  constexpr std::array<std::byte, format::kTarBlock> kZeros{};
  sink(format::tar_header(entry.path.str(), entry.size_bytes, 0644));
  format::stream_entry(parts, entry, buffer, sink);
  sink(Bytes(kZeros).first(format::padded(entry.size_bytes) - entry.size_bytes));
}

std::string layout_index(const BundleImage& image) {
  json::Array rows;
  for (const std::string& name : image.names) {
    const auto document = std::find_if(image.blobs.begin(), image.blobs.end(),
                                       [&](const auto* entry) { return digest_of(*entry) == image.digest; });
    rows.push_back(json::Object{
        {"mediaType", image.media_type},
        {"digest", image.digest},
        {"size", (*document)->size_bytes},
        {"annotations", json::Object{{std::string(kNameKey), name}, {std::string(kRefKey), name}}}});
  }
  return json::canonical(json::Object{{"schemaVersion", 2},
                                      {"mediaType", "application/vnd.oci.image.index.v1+json"},
                                      {"manifests", std::move(rows)}});
}

}  // namespace

std::vector<BundleImage> bundle_images(const format::Index& index, const format::PartSet& parts,
                                       const spec::Roles& roles) {
  std::map<std::string, std::vector<std::string>> names;
  for (const ImageName& name : image_names(index, roles)) {
    names[name.digest].push_back(name.name);
  }
  std::vector<BundleImage> images;
  if (names.empty()) {
    return images;
  }
  const auto media_types = read_media_types(index, parts);
  for (const format::Image& image : index.images) {
    const auto own_names = names.find(image.digest);
    if (own_names == names.end()) {
      continue;
    }
    const auto media_type = media_types.find({image.ref, image.digest});
    if (media_type == media_types.end()) {
      fail(ErrorKind::integrity, "index.json does not name the image {} with {}", image.ref, image.digest);
    }
    if (index.find_entry("blobs/sha256/" + image.digest.substr(image.digest.find(':') + 1)) == nullptr) {
      fail(ErrorKind::integrity, "the bundle lacks {}, the manifest of {}", image.digest, image.ref);
    }
    images.push_back({.ref = image.ref,
                      .digest = image.digest,
                      .media_type = media_type->second,
                      .names = std::move(own_names->second),
                      .blobs = entries_of(index, parts, image.digest)});
    names.erase(own_names);
  }
  return images;
}

std::uint64_t missing_bytes(const BundleImage& image, const std::set<std::string>& known) {
  std::uint64_t total = 0;
  for (const format::Entry* entry : image.blobs) {
    total += known.contains(digest_of(*entry)) ? 0 : entry->size_bytes;
  }
  return total;
}

void stream_image(const format::PartSet& parts, const BundleImage& image, const std::set<std::string>& known,
                  std::span<std::byte> buffer, const format::Sink& sink) {
  write_tar_entry("oci-layout", R"({"imageLayoutVersion":"1.0.0"})", sink);
  for (const format::Entry* entry : image.blobs) {
    if (!known.contains(digest_of(*entry))) {
      write_blob(parts, *entry, buffer, sink);
    }
  }
  write_tar_entry("index.json", layout_index(image), sink);
  constexpr std::array<std::byte, format::kTarTrailer> kEnd{};
  sink(kEnd);
}

}  // namespace bundle::deliver
