#include "format/image_blobs.hpp"

#include "base/json.hpp"
#include "format/entry.hpp"

namespace bundle::format {
namespace {

constexpr std::uint64_t kMaxDocumentBytes = 8 << 20;
constexpr std::string_view kPrefix = "sha256:";

class BlobCollector {
 public:
  BlobCollector(const Index& index, const PartSet& parts) : index_(index), parts_(parts) {}

  /// Adds an image index or manifest with all that it names and the bundle has; other platforms' parts are
  /// absent.
  void add_document(const std::string& digest) {
    const Entry* entry = find(digest);
    if (entry == nullptr || !add(*entry)) {
      return;
    }
    const json::Value document =
        json::parse(read_entry(parts_, *entry, kMaxDocumentBytes), entry->path.str());
    if (const json::Value* manifests = document.find("manifests"); manifests != nullptr) {
      for_each_digest(*manifests, [&](const std::string& one) { add_document(one); });
    }
    const auto add_blob = [&](const std::string& one) {
      if (const Entry* blob = find(one)) {
        add(*blob);
      }
    };
    if (const json::Value* config = document.find("config"); config != nullptr) {
      for_each_digest(json::Array{*config}, add_blob);
    }
    if (const json::Value* layers = document.find("layers"); layers != nullptr) {
      for_each_digest(*layers, add_blob);
    }
  }

  std::map<std::string, std::uint64_t> take() { return std::move(blobs_); }

 private:
  const Entry* find(const std::string& digest) const {
    return digest.starts_with(kPrefix) ? index_.find_entry("blobs/sha256/" + digest.substr(kPrefix.size()))
                                       : nullptr;
  }

  bool add(const Entry& entry) { return blobs_.emplace(entry.sha256, entry.size_bytes).second; }

  template <class Function>
  static void for_each_digest(const json::Value& descriptors, Function&& function) {
    for (const json::Value& descriptor :
         descriptors.if_array() == nullptr ? json::Array() : *descriptors.if_array()) {
      const json::Value* digest = descriptor.find("digest");
      if (digest != nullptr && digest->if_string() != nullptr) {
        function(*digest->if_string());
      }
    }
  }

  const Index& index_;
  const PartSet& parts_;
  std::map<std::string, std::uint64_t> blobs_;
};

}  // namespace

std::map<std::string, std::uint64_t> image_blobs(const Index& index, const PartSet& parts,
                                                 const spec::Roles& roles) {
  BlobCollector collector(index, parts);
  for (const Image& image : index.images) {
    if (is_for(image.roles, roles)) {
      collector.add_document(image.digest);
    }
  }
  return collector.take();
}

std::map<std::string, std::uint64_t> blobs_of_image(const Index& index, const PartSet& parts,
                                                    const std::string& digest) {
  BlobCollector collector(index, parts);
  collector.add_document(digest);
  return collector.take();
}

}  // namespace bundle::format
