#include "oci/image_resolver.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::oci {
namespace {

constexpr int kMaxNestedIndexes = 2;
constexpr int kMaxDocuments = 64;
constexpr std::uint64_t kMaxConfigBytes = 8ull << 20;
constexpr std::string_view kHelmConfig = "application/vnd.cncf.helm.config.v1+json";

Blob blob_of(const spec::Descriptor& descriptor) {
  return {descriptor.digest, descriptor.size_bytes, descriptor.media_type};
}

/// Config and layers, each once; the same digest must not have two sizes.
std::vector<Blob> blobs_of(const spec::ImageManifest& manifest, const std::string& name) {
  std::vector<Blob> blobs{blob_of(manifest.config)};
  for (const spec::Descriptor& layer : manifest.layers) {
    if (layer.is_foreign) {
      throw Error(ErrorKind::unresolvable,
                  fmt::format("{} has a layer outside of its registry ({}, {}), which is not carried", name,
                              layer.digest.str(), escaped(layer.media_type, 100)),
                  "use an image whose layers may be distributed");
    }
    const auto known =
        std::find_if(blobs.begin(), blobs.end(), [&](const Blob& b) { return b.digest == layer.digest; });
    if (known == blobs.end()) {
      blobs.push_back(blob_of(layer));
    } else if (known->size_bytes != layer.size_bytes) {
      fail(ErrorKind::integrity, "{} gives {} two sizes: {} and {} bytes", name, layer.digest.str(),
           known->size_bytes, layer.size_bytes);
    }
  }
  return blobs;
}

std::string platforms_in(const spec::ImageIndex& index) {
  std::set<std::string> names;
  for (const spec::Descriptor& manifest : index.manifests) {
    if (!manifest.platform) {
      names.insert("manifests of another or no named platform");
    } else if (manifest.platform->os != "unknown") {  // those are attestations
      names.insert(escaped(manifest.platform->str(), 60));
    }
  }
  return names.empty() ? "nothing" : join({names.begin(), names.end()}, ", ");
}

/// Refuses what a registry keeps and no container runtime runs: a site would take it, and fail to unpack it.
void require_image(const spec::ImageManifest& manifest, const spec::Reference& reference) {
  if (!spec::is_image_config_type(manifest.config.media_type)) {
    const bool is_chart = manifest.config.media_type == kHelmConfig;
    const std::size_t slash = reference.repository.rfind('/') + 1;  // npos + 1 is 0
    throw Error(ErrorKind::unresolvable,
                fmt::format("{} is no container image but an OCI artifact (its config is of type {})",
                            reference.str(), escaped(manifest.config.media_type, 100)),
                is_chart
                    ? fmt::format("a chart stands in charts: {{repo: \"oci://{}\", name: {}, version: {}}}",
                                  reference.name().substr(0, reference.name().rfind('/')),
                                  reference.repository.substr(slash), reference.tag)
                    : "carry its content in files:, or use an image that holds it");
  }
  for (const spec::Descriptor& layer : manifest.layers) {
    if (!spec::is_layer_type(layer.media_type)) {
      throw Error(
          ErrorKind::unresolvable,
          fmt::format("{} is no image that a container runtime can unpack: its layer {} is of type {}",
                      reference.str(), layer.digest.str(), escaped(layer.media_type, 100)),
          "carry its content in files:, or use an image that holds it");
    }
  }
}

}  // namespace

Fetched ImageResolver::fetch(const spec::Descriptor& child) {
  if (++fetched_count_ > kMaxDocuments) {
    fail(ErrorKind::integrity, "{} is an index of more than {} manifests without a platform",
         reference_.str(), kMaxDocuments);
  }
  std::string content = registry_.fetch_document(reference_, child.digest, child.size_bytes);
  if (content.size() != child.size_bytes) {
    fail(ErrorKind::integrity, "{} has {} bytes, but its index says {}", child.digest.str(), content.size(),
         child.size_bytes);
  }
  spec::ImageDocument document =
      spec::parse_document(content, child.media_type, reference_.name() + "@" + child.digest.str());
  return {child.digest, std::move(content), std::move(document)};
}

std::optional<Fetched> ImageResolver::descend_into(const spec::Descriptor& child, int depth) {
  const bool is_above = std::any_of(metadata_.begin(), metadata_.end(),
                                    [&](const Blob& above) { return above.digest == child.digest; });
  if (is_above) {
    fail(ErrorKind::integrity, "{}: the index {} refers to itself", reference_.str(), child.digest.str());
  }
  return descend(fetch(child), depth);
}

std::optional<Fetched> ImageResolver::descend(Fetched document, int depth) {
  const spec::ImageIndex* index = std::get_if<spec::ImageIndex>(&document.document.body);
  if (index == nullptr) {
    return document;
  }
  if (depth > kMaxNestedIndexes) {
    fail(ErrorKind::integrity, "{} nests indexes more than {} deep", reference_.str(), kMaxNestedIndexes);
  }
  const std::size_t kept = metadata_.size();
  keep(document);
  for (const spec::Descriptor& child : index->manifests) {
    if (child.platform == platform_) {
      return descend_into(child, depth + 1);
    }
  }
  for (const spec::Descriptor& child : index->manifests) {  // those that do not say whom they are for
    if (child.platform) {
      continue;
    }
    const std::size_t before = metadata_.size();
    if (auto found = descend_into(child, depth + 1); found && fits(*found)) {
      return found;
    }
    forget_from(before);
  }
  if (depth == 0) {
    throw Error(ErrorKind::unresolvable, fmt::format("{} has no {}; it has: {}", reference_.str(),
                                                     platform_.str(), platforms_in(*index)));
  }
  forget_from(kept);
  return std::nullopt;
}

/// Asks the config.
spec::Platform ImageResolver::platform_of(const Fetched& manifest) const {
  const spec::Descriptor& config = std::get<spec::ImageManifest>(manifest.document.body).config;
  const std::string content = registry_.fetch_small_blob(reference_, blob_of(config), kMaxConfigBytes);
  return spec::config_platform(content, reference_.str() + ": config " + config.digest.str());
}

/// What is no image fits, for finish() to say so.
bool ImageResolver::fits(const Fetched& manifest) const {
  const spec::Descriptor& config = std::get<spec::ImageManifest>(manifest.document.body).config;
  return !spec::is_image_config_type(config.media_type) || platform_of(manifest) == platform_;
}

/// A manifest that is named directly is taken without a platform: containerd asks none of it then, but passes
/// it over in an index. Source: containerd's core/images/image.go, Manifest().
ResolvedImage ImageResolver::finish(const spec::Digest& top, const Fetched& manifest) {
  require_image(std::get<spec::ImageManifest>(manifest.document.body), reference_);
  bool names_platform = true;
  if (metadata_.empty()) {
    const spec::Platform found = platform_of(manifest);
    names_platform = found.is_named();
    if (names_platform && found != platform_) {
      fail(ErrorKind::unresolvable, "{} is an image for {}, not for {}", reference_.str(),
           escaped(found.str(), 60), platform_.str());
    }
  }
  keep(manifest);
  std::map<std::string, std::string> documents;
  for (const Blob& blob : metadata_) {
    documents[blob.digest.str()] = std::move(documents_[blob.digest.str()]);
  }
  return {.reference = reference_,
          .digest = top,
          .manifest = manifest.digest,
          .platform = platform_.str(),
          .names_platform = names_platform,
          .metadata = metadata_,
          .blobs = blobs_of(std::get<spec::ImageManifest>(manifest.document.body), reference_.str()),
          .documents = std::move(documents)};
}

}  // namespace bundle::oci
