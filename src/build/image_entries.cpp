#include "build/image_entries.hpp"

#include <map>

#include "base/hash.hpp"

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

json::Value descriptor(const spec::LockedImage& image, const std::string& name) {
  return json::Object{{"mediaType", image.media_type},
                      {"digest", image.digest.str()},
                      {"size", image.documents.at(0).size_bytes},
                      {"annotations", json::Object{{"io.containerd.image.name", name},
                                                   {"org.opencontainers.image.ref.name", name}}}};
}

}  // namespace

std::string oci_index(const spec::Lock& lock) {
  std::map<std::string, json::Value>
      manifests;  // by name; a row that has the name itself comes before derived ones
  for (const spec::LockedImage& image : lock.images) {
    manifests.emplace(image.ref, descriptor(image, image.ref));
  }
  for (const spec::LockedImage& image : lock.images) {
    for (const std::string& name : names_of(image.ref)) {
      manifests.emplace(name, descriptor(image, name));
    }
  }
  json::Array list;
  for (auto& [name, value] : manifests) {
    list.push_back(std::move(value));
  }
  return json::canonical(json::Object{{"schemaVersion", 2},
                                      {"mediaType", "application/vnd.oci.image.index.v1+json"},
                                      {"manifests", std::move(list)}});
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
  }
  for (auto& [digest, entry] : blobs) {
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace bundle::build
