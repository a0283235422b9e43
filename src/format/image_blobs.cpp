#include "format/image_blobs.hpp"

#include "format/entry.hpp"
#include "spec/image_manifest.hpp"

namespace bundle::format {
namespace {

class BlobCollector {
 public:
  BlobCollector(const Index& index, const PartSet& parts) : index_(index), parts_(parts) {}

  /// Adds an image index or manifest with all that it names and the bundle has; other platforms' parts are
  /// absent.
  void add_document(const spec::Digest& digest) {
    const Entry* entry = find(digest);
    if (entry == nullptr || !add(*entry)) {
      return;
    }
    const spec::ImageDocument document =
        spec::parse_document(read_entry(parts_, *entry, spec::kMaxDocumentBytes), "", entry->path.str());
    if (const auto* images = std::get_if<spec::ImageIndex>(&document.body)) {
      for (const spec::Descriptor& manifest : images->manifests) {
        add_document(manifest.digest);
      }
      return;
    }
    const auto& manifest = std::get<spec::ImageManifest>(document.body);
    add_blob(manifest.config);
    const Entry* config = find(manifest.config.digest);
    if (config != nullptr && config->size_bytes <= spec::kMaxDocumentBytes) {
      configs_.push_back(config);
    }
    for (const spec::Descriptor& layer : manifest.layers) {
      has_layers_ = true;
      add_blob(layer);
    }
  }

  std::map<std::string, std::uint64_t> take() { return std::move(blobs_); }
  bool has_layers() const { return has_layers_; }
  const std::vector<const Entry*>& configs() const { return configs_; }

 private:
  const Entry* find(const spec::Digest& digest) const {
    return index_.find_entry("blobs/sha256/" + digest.hex());
  }

  bool add(const Entry& entry) { return blobs_.emplace(entry.sha256, entry.size_bytes).second; }

  void add_blob(const spec::Descriptor& blob) {
    if (const Entry* entry = find(blob.digest)) {
      add(*entry);
    }
  }

  const Index& index_;
  const PartSet& parts_;
  std::map<std::string, std::uint64_t> blobs_;
  std::vector<const Entry*> configs_;
  bool has_layers_ = false;
};

/// Throws Error(integrity): the index was checked, so that this is a fault of the program or of memory.
spec::Digest digest_of(const std::string& text) {
  const std::optional<spec::Digest> digest = spec::Digest::parse(text);
  if (!digest) {
    fail(ErrorKind::integrity, "'{}' is not the digest of an image", text);
  }
  return *digest;
}

}  // namespace

std::map<std::string, std::uint64_t> image_blobs(const Index& index, const PartSet& parts,
                                                 const spec::Roles& roles) {
  BlobCollector collector(index, parts);
  for (const Image& image : index.images) {
    if (is_for(image.roles, roles)) {
      collector.add_document(digest_of(image.digest));
    }
  }
  return collector.take();
}

std::map<std::string, std::uint64_t> blobs_of_image(const Index& index, const PartSet& parts,
                                                    const std::string& digest) {
  BlobCollector collector(index, parts);
  collector.add_document(digest_of(digest));
  return collector.take();
}

bool has_layers(const Index& index, const PartSet& parts, const std::string& digest) {
  BlobCollector collector(index, parts);
  collector.add_document(digest_of(digest));
  return collector.has_layers();
}

std::vector<std::string> configs_of_image(const Index& index, const PartSet& parts,
                                          const std::string& digest) {
  BlobCollector collector(index, parts);
  collector.add_document(digest_of(digest));
  std::vector<std::string> configs;
  for (const Entry* config : collector.configs()) {
    configs.push_back(read_entry(parts, *config, spec::kMaxDocumentBytes));
  }
  return configs;
}

}  // namespace bundle::format
