#include "build/image_entries.hpp"

#include <map>
#include <optional>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::build {
namespace {

PlannedEntry from_memory(std::string_view path, std::string bytes) {
  return {.path = RelPath(path),
          .size_bytes = bytes.size(),
          .sha256 = sha256_hex(bytes),
          .source = FromMemory{std::move(bytes)}};
}

std::vector<std::string> names_of(const std::string& ref) {
  const spec::Reference reference = spec::reference(ref);
  std::vector<std::string> names = {ref};
  if (reference.digest) {
    if (!reference.tag.empty()) {
      names.push_back(reference.name() + ":" + reference.tag);
    }
    if (const std::string by_digest = reference.name() + "@" + reference.digest->str(); by_digest != ref) {
      names.push_back(by_digest);
    }
  }
  return names;
}

constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

json::Value descriptor(const spec::LockedImage& image, const std::string& name) {
  return json::Object{{"mediaType", image.media_type},
                      {"digest", image.digest.str()},
                      {"size", image.documents.at(0).size_bytes},
                      {"annotations", json::Object{{"io.containerd.image.name", name},
                                                   {"org.opencontainers.image.ref.name", name}}}};
}

/// An OCI index of this program's own, whose one image is a manifest of Docker's type.
std::string index_around(const spec::LockedImage& image) {
  const std::vector<std::string_view> platform = split(image.platform, '/');
  json::Object fields{{"os", std::string(platform.at(0))}, {"architecture", std::string(platform.at(1))}};
  if (platform.size() > 2) {
    fields.emplace("variant", std::string(platform.at(2)));
  }
  json::Value manifest = json::Object{{"mediaType", image.media_type},
                                      {"digest", image.digest.str()},
                                      {"size", image.documents.at(0).size_bytes},
                                      {"platform", std::move(fields)}};
  return json::canonical(json::Object{{"schemaVersion", 2},
                                      {"mediaType", std::string(kOciIndex)},
                                      {"manifests", json::Array{std::move(manifest)}}});
}

/// The same image as an OCI index; nothing when it is an OCI image anyway. For containerd its name is the one
/// by digest: of two with one name it would keep the last, and lose the other's content before it is
/// unpacked.
std::optional<json::Value> descriptor_for_skopeo(const spec::LockedImage& image, const std::string& name) {
  std::string digest = image.digest.str();
  std::uint64_t size_bytes = image.documents.at(0).size_bytes;
  if (image.media_type == kDockerManifest) {
    const std::string index = index_around(image);
    digest = "sha256:" + sha256_hex(index);
    size_bytes = index.size();
  } else if (image.media_type != kDockerList) {
    return std::nullopt;
  }
  return json::Object{
      {"mediaType", std::string(kOciIndex)},
      {"digest", digest},
      {"size", size_bytes},
      {"annotations", json::Object{{"io.containerd.image.name", spec::reference(name).name() + "@" + digest},
                                   {"org.opencontainers.image.ref.name", name}}}};
}

}  // namespace

std::string oci_index(const spec::Lock& lock) {
  // By name; a row that has the name itself comes before derived ones.
  std::map<std::string, const spec::LockedImage*> by_name;
  for (const spec::LockedImage& image : lock.images) {
    by_name.emplace(image.ref, &image);
  }
  for (const spec::LockedImage& image : lock.images) {
    for (const std::string& name : names_of(image.ref)) {
      by_name.emplace(name, &image);
    }
  }
  json::Array list;
  for (const auto& [name, image] : by_name) {
    if (std::optional<json::Value> for_skopeo = descriptor_for_skopeo(*image, name)) {
      list.push_back(*std::move(for_skopeo));
    }
    list.push_back(descriptor(*image, name));
  }
  return json::canonical(json::Object{
      {"schemaVersion", 2}, {"mediaType", std::string(kOciIndex)}, {"manifests", std::move(list)}});
}

std::vector<PlannedEntry> image_entries(const spec::Lock& lock) {
  std::vector<PlannedEntry> entries;
  entries.push_back(from_memory("oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  entries.push_back(from_memory("index.json", oci_index(lock)));
  std::map<spec::Digest, PlannedEntry> blobs;
  for (const spec::LockedImage& image : lock.images) {
    const spec::Reference reference = spec::reference(image.ref);
    const auto add = [&](const spec::LockedBlob& blob, bool is_document) {
      const auto [it, is_new] =
          blobs.try_emplace(blob.digest, PlannedEntry{.path = RelPath("blobs/sha256/" + blob.digest.hex()),
                                                      .size_bytes = blob.size_bytes,
                                                      .sha256 = blob.digest.hex(),
                                                      .source = FromRegistry{reference, is_document}});
      it->second.roles.insert(image.roles.begin(), image.roles.end());
      if (it->second.size_bytes != blob.size_bytes) {
        fail(ErrorKind::integrity, "images state two sizes for the blob {}: {} and {} bytes",
             blob.digest.str(), it->second.size_bytes, blob.size_bytes);
      }
    };
    for (const spec::LockedBlob& document : image.documents) {
      add(document, true);
    }
    for (const spec::LockedBlob& blob : image.blobs) {
      add(blob, false);
    }
    if (image.media_type == kDockerManifest) {
      std::string index = index_around(image);
      const spec::Digest digest = spec::Digest::of_hex(sha256_hex(index));
      PlannedEntry entry = from_memory("blobs/sha256/" + digest.hex(), std::move(index));
      blobs.try_emplace(digest, std::move(entry))
          .first->second.roles.insert(image.roles.begin(), image.roles.end());
    }
  }
  for (auto& [digest, entry] : blobs) {
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace bundle::build
