#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"
#include "oci/credentials.hpp"
#include "spec/digest.hpp"
#include "spec/image_manifest.hpp"
#include "spec/mirrors.hpp"
#include "spec/reference.hpp"

namespace bundle::oci {

struct Blob {
  spec::Digest digest;
  std::uint64_t size_bytes = 0;
  std::string media_type;
  bool operator==(const Blob&) const = default;
};

/// An image reference, resolved for one platform.
struct ResolvedImage {
  spec::Reference reference;
  spec::Digest digest;         ///< what the reference names: an index or a manifest
  spec::Digest manifest;       ///< of the platform
  std::string platform;        ///< as asked for
  bool names_platform = true;  ///< false: the image itself says none, and is taken for any
  std::vector<Blob>
      metadata;  ///< index (if any), nested ones, manifest; the first is `digest`, the last `manifest`
  std::vector<Blob> blobs;                       ///< config first, then layers in order, each digest once
  std::map<std::string, std::string> documents;  ///< digest -> content of each in `metadata`
};

/// What a registry keeps under a name and is no image: a chart, say.
struct Artifact {
  spec::Digest digest;
  spec::ImageManifest manifest;
};

/// Client of the registries that references name, through their mirrors: each place is asked in order; not
/// there and network trouble lead to the next, wrong content is an error at once. Safe from several threads;
/// `http` and what `credentials` came from must outlive it. Source: OCI distribution-spec v1.1 "Pull".
///
/// Errors: Error(unresolvable) for a name that no place has, for an image without the platform, in schema 1
/// or with layers outside of the registry, for an OCI artifact that is no image; Error(network) for places
/// that do not deliver (401, 403, 429, 5xx with advice) and for a digest that is gone; Error(integrity) for
/// other bytes than a digest says, malformed or oversized ones.
class Registry {
 public:
  Registry(net::HttpClient& http, const spec::Mirrors& mirrors, Credentials credentials);
  ~Registry();

  /// Fetches index, nested indexes and manifest, all checked. A digest in the reference wins over its tag.
  ResolvedImage resolve(const spec::Reference& reference, std::string_view platform) const;

  /// What the tag names right now: by HEAD, which counts as no pull, else, where the answer has no
  /// Docker-Content-Digest, by GET. Each place is asked once, without waiting for what may pass.
  spec::Digest current_digest(const spec::Reference& reference) const;

  /// The manifest that a reference names, whatever kind of content it is of. An index is
  /// Error(unresolvable).
  Artifact resolve_artifact(const spec::Reference& reference) const;

  /// A manifest or index by digest, checked.
  std::string fetch_document(const spec::Reference& repository, const spec::Digest& digest,
                             std::uint64_t limit_bytes = spec::kMaxDocumentBytes) const;

  /// The bytes of a blob from offset `from` on (`from` <= its size), in order, as net::BodySink says. The
  /// caller hashes them.
  void fetch_blob(const spec::Reference& repository, const Blob& blob, std::uint64_t from,
                  const net::BodySink& sink) const;

  /// A whole small blob, checked: an image config, a chart.
  std::string fetch_small_blob(const spec::Reference& repository, const Blob& blob,
                               std::uint64_t limit_bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bundle::oci
