#include "oci/registry.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "oci/places.hpp"

namespace bundle::oci {
namespace {

constexpr int kMaxNestedIndexes = 2;
constexpr int kMaxDocuments = 64;
constexpr std::uint64_t kMaxConfigBytes = 8ull << 20;

std::vector<std::pair<std::string, std::string>> accept_headers() {
  return {{"Accept", fmt::format("{}, {}, {}, {}", spec::kOciIndex, spec::kDockerList, spec::kOciManifest,
                                 spec::kDockerManifest)}};
}

struct Fetched {
  spec::Digest digest;
  std::string content;
  spec::ImageDocument document;
};

[[noreturn]] void fail_other_bytes(const std::string& url, const spec::Digest& expected,
                                   const spec::Digest& found) {
  fail(ErrorKind::integrity, "{} delivers other bytes: expected {}, found {}", net::redact_url(url),
       expected.str(), found.str());
}

bool is_image_config(const spec::Descriptor& config) {
  return config.media_type == spec::kOciConfig || config.media_type == spec::kDockerConfig;
}

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
    if (manifest.platform && manifest.platform->os != "unknown") {  // those are attestations
      names.insert(escaped(manifest.platform->str(), 60));
    }
  }
  return join({names.begin(), names.end()}, ", ");
}

}  // namespace

struct Registry::State {
  State(net::HttpClient& http, const spec::Mirrors& given_mirrors, Credentials credentials)
      : mirrors(given_mirrors), session(http, std::move(credentials)) {}

  ItemAnswer ask(const spec::Reference& repository, const std::string& path, const net::HttpRequest& request,
                 const net::BodySink* sink = nullptr) {
    return ask_places(session, mirrors, {repository, path}, request, sink);
  }

  const spec::Mirrors& mirrors;
  Session session;
};

namespace {

/// One walk from a reference down to the manifest of a platform.
class Resolver {
 public:
  Resolver(const Registry& registry, const spec::Reference& reference, std::string_view platform)
      : registry_(registry), reference_(reference), platform_(spec::parse_platform(platform)) {}

  /// Goes on from a document until the manifest is reached; nothing when this branch has none.
  std::optional<Fetched> descend(Fetched document, int depth);
  void keep(const Fetched& fetched) {
    metadata_.push_back({fetched.digest, fetched.content.size(), fetched.document.media_type});
    documents_[fetched.digest.str()] = fetched.content;
  }
  ResolvedImage finish(const spec::Digest& top, const Fetched& manifest);

 private:
  void forget_from(std::size_t count) {
    metadata_.erase(metadata_.begin() + static_cast<std::ptrdiff_t>(count), metadata_.end());
  }
  std::optional<Fetched> descend_into(const spec::Descriptor& child, int depth);
  Fetched fetch(const spec::Descriptor& child);
  bool is_for_platform(const Fetched& manifest) const;

  const Registry& registry_;
  const spec::Reference& reference_;
  spec::Platform platform_;
  int fetched_count_ = 0;
  std::vector<Blob> metadata_;  ///< from the top down to where the walk is
  std::map<std::string, std::string> documents_;
};

Fetched Resolver::fetch(const spec::Descriptor& child) {
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

std::optional<Fetched> Resolver::descend_into(const spec::Descriptor& child, int depth) {
  const bool is_above = std::any_of(metadata_.begin(), metadata_.end(),
                                    [&](const Blob& above) { return above.digest == child.digest; });
  if (is_above) {
    fail(ErrorKind::integrity, "{}: the index {} refers to itself", reference_.str(), child.digest.str());
  }
  return descend(fetch(child), depth);
}

std::optional<Fetched> Resolver::descend(Fetched document, int depth) {
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
    if (auto found = descend_into(child, depth + 1); found && is_for_platform(*found)) {
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

/// Asks the config, where it is an image's; what is no image (a chart) is for every platform.
bool Resolver::is_for_platform(const Fetched& manifest) const {
  const spec::Descriptor& config = std::get<spec::ImageManifest>(manifest.document.body).config;
  if (!is_image_config(config)) {
    return true;
  }
  const std::string content = registry_.fetch_small_blob(reference_, blob_of(config), kMaxConfigBytes);
  return spec::config_platform(content, reference_.str() + ": config " + config.digest.str()) == platform_;
}

ResolvedImage Resolver::finish(const spec::Digest& top, const Fetched& manifest) {
  if (metadata_.empty() && !is_for_platform(manifest)) {
    fail(ErrorKind::unresolvable, "{} is an image for another platform than {}", reference_.str(),
         platform_.str());
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
          .metadata = metadata_,
          .blobs = blobs_of(std::get<spec::ImageManifest>(manifest.document.body), reference_.str()),
          .documents = std::move(documents)};
}

/// Checks bytes against what the reference and the registry's own header say of them.
spec::Digest check_content(const ItemAnswer& answer, const std::optional<spec::Digest>& wanted) {
  const spec::Digest found = spec::Digest::of(answer.response.body);
  const auto announced = spec::Digest::parse(answer.response.header("docker-content-digest"));
  if (wanted && *wanted != found) {
    fail_other_bytes(answer.url, *wanted, found);
  }
  if (announced && *announced != found) {
    fail_other_bytes(answer.url, *announced, found);
  }
  return found;
}

std::string media_type_of(const net::HttpResponse& response) {
  const std::string type = response.header("content-type");
  return std::string(trim(std::string_view(type).substr(0, type.find(';'))));
}

/// A name that is nowhere, and a digest that is gone: the first is the user's, the second the upstream's
/// fault.
template <class Function>
auto explain_missing(const spec::Reference& reference, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unresolvable) {
      throw;
    }
    if (reference.digest) {
      throw Error(ErrorKind::network, fmt::format("{} is gone: {}", reference.str(), error.message()),
                  "lock again, or name a mirror that still has it");
    }
    throw Error(ErrorKind::unresolvable,
                fmt::format("there is no image {}: {}", reference.str(), error.message()),
                "check the name and the tag");
  }
}

spec::Reference by_digest(const spec::Reference& repository, const spec::Digest& digest) {
  return {.host = repository.host, .repository = repository.repository, .digest = digest};
}

std::string manifest_path(const spec::Reference& reference) {
  return "manifests/" + (reference.digest ? reference.digest->str() : reference.tag);
}

}  // namespace

Registry::Registry(net::HttpClient& http, const spec::Mirrors& mirrors, Credentials credentials)
    : state_(std::make_unique<State>(http, mirrors, std::move(credentials))) {}
Registry::~Registry() = default;

ResolvedImage Registry::resolve(const spec::Reference& reference, std::string_view platform) const {
  Resolver resolver(*this, reference, platform);
  ItemAnswer answer = explain_missing(reference, [&] {
    return state_->ask(reference, manifest_path(reference),
                       {.headers = accept_headers(), .limit_bytes = spec::kMaxDocumentBytes});
  });
  const std::string media_type = media_type_of(answer.response);
  spec::refuse_schema1(media_type, reference.str());
  const spec::Digest top = check_content(answer, reference.digest);
  spec::ImageDocument document = with_context("reading " + net::redact_url(answer.url), [&] {
    return spec::parse_document(answer.response.body, media_type, reference.str());
  });
  const auto manifest = resolver.descend({top, std::move(answer.response.body), std::move(document)}, 0);
  return resolver.finish(top, manifest.value());
}

spec::Digest Registry::current_digest(const spec::Reference& reference) const {
  const spec::Reference tag{.host = reference.host, .repository = reference.repository, .tag = reference.tag};
  return explain_missing(tag, [&] {
    net::HttpRequest request{.method = "HEAD",
                             .headers = accept_headers(),
                             .limit_bytes = spec::kMaxDocumentBytes,
                             .patience = net::Patience::once};
    const ItemAnswer head = state_->ask(tag, manifest_path(tag), request);
    if (const auto digest = spec::Digest::parse(head.response.header("docker-content-digest"))) {
      return *digest;
    }
    request.method = "GET";
    return check_content(state_->ask(tag, manifest_path(tag), request), std::nullopt);
  });
}

std::string Registry::fetch_document(const spec::Reference& repository, const spec::Digest& digest,
                                     std::uint64_t limit_bytes) const {
  if (limit_bytes > spec::kMaxDocumentBytes) {
    fail(ErrorKind::integrity, "{} is said to have {} bytes; a manifest may have {}", digest.str(),
         limit_bytes, spec::kMaxDocumentBytes);
  }
  const spec::Reference reference = by_digest(repository, digest);
  ItemAnswer answer = explain_missing(reference, [&] {
    return state_->ask(reference, manifest_path(reference),
                       {.headers = accept_headers(), .limit_bytes = limit_bytes});
  });
  check_content(answer, digest);
  return std::move(answer.response.body);
}

void Registry::fetch_blob(const spec::Reference& repository, const Blob& blob, std::uint64_t from,
                          const net::BodySink& sink) const {
  if (from == blob.size_bytes && from > 0) {
    return;
  }
  const spec::Reference reference = by_digest(repository, blob.digest);
  explain_missing(reference, [&] {
    return state_->ask(reference, "blobs/" + blob.digest.str(),
                       {.range_from = from, .limit_bytes = blob.size_bytes}, &sink);
  });
}

std::string Registry::fetch_small_blob(const spec::Reference& repository, const Blob& blob,
                                       std::uint64_t limit_bytes) const {
  if (blob.size_bytes > limit_bytes) {
    fail(ErrorKind::integrity, "{} is said to have {} bytes; {} are taken", blob.digest.str(),
         blob.size_bytes, limit_bytes);
  }
  const spec::Reference reference = by_digest(repository, blob.digest);
  ItemAnswer answer = explain_missing(reference, [&] {
    return state_->ask(reference, "blobs/" + blob.digest.str(), {.limit_bytes = blob.size_bytes});
  });
  check_content(answer, blob.digest);
  if (answer.response.body.size() != blob.size_bytes) {
    fail(ErrorKind::integrity, "{} has {} bytes, but its manifest says {}", blob.digest.str(),
         answer.response.body.size(), blob.size_bytes);
  }
  return std::move(answer.response.body);
}

}  // namespace bundle::oci
