#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "net/http.hpp"
#include "spec/mirrors.hpp"
#include "store/cache.hpp"

namespace bundle::store {

struct Wanted {
  std::string url;
  HashKind kind = HashKind::sha256;
  std::string
      hex;  ///< empty: whatever comes is right (the lock records it), and nothing is taken from the cache
  std::optional<std::uint64_t> size_bytes;
  std::uint64_t limit_bytes = 1ull << 30;
  std::optional<net::TlsClient> tls_client;
};

struct Fetched {
  std::filesystem::path path;  ///< in the cache
  std::string sha256_hex;
  std::uint64_t size_bytes = 0;
  bool from_cache = false;
};

/// Where else on this machine content may lie that is known by its sha256. Nothing of it is trusted. Safe
/// from several threads.
class NearContent {
 public:
  virtual ~NearContent() = default;
  /// How large it is said to be; nothing when it is not there.
  virtual std::optional<std::uint64_t> size_bytes(const std::string& sha256) const = 0;
  /// Feeds it to `sink` from its first byte on; false when it ends early.
  virtual bool read(const std::string& sha256, const net::BodySink& sink) const = 0;
};

/// Error(network) for what was known by its checksum and is nowhere; any other error as it is.
Error gone(const Error& error);

/// Fetches by URL through the mirrors: each place is asked in order until one delivers, the upstream last.
/// What is delivered but wrong is an error at once, never a reason to ask elsewhere. Safe from several
/// threads; what it refers to must outlive it.
///
/// Errors: when every place says 404, all are listed: Error(unresolvable) for a name, Error(network) for
/// content that was known by its checksum, so that it was there once (`gone`); Error(network) when none
/// delivers; Error(integrity) with URL, expected and found for a wrong size or checksum, or past a limit.
class Fetcher {
 public:
  Fetcher(net::HttpClient& http, const spec::Mirrors& mirrors, const Cache& cache)
      : http_(http), mirrors_(mirrors), cache_(cache) {}

  /// What is not in the cache is looked for here before an upstream is asked. Before the first fetch; `near`
  /// must outlive them all.
  void look_near(const NearContent& near) { near_ = &near; }

  /// Into the cache, or from there (hashed again). A download that was cut off goes on where it stopped when
  /// its checksum is known.
  Fetched fetch(const Wanted& wanted) const;

  /// The same without the network; nothing when neither the cache nor what is near has it.
  std::optional<Fetched> find_local(const Wanted& wanted) const;

  /// A small thing that changes upstream (repomd.xml, index.yaml): never cached.
  std::string fetch_text(const std::string& url, std::uint64_t limit_bytes,
                         const std::optional<net::TlsClient>& tls_client = {}) const;

  /// The first `head_bytes` bytes of `url`, fewer when it has no more. Places are asked once each: the caller
  /// can do without.
  std::string fetch_head(const std::string& url, std::uint64_t head_bytes,
                         const std::optional<net::TlsClient>& tls_client = {}) const;

  /// The bytes of `url` from offset `from` on, in order, as net::BodySink says; the caller checks them.
  void stream(const std::string& url, std::uint64_t from, std::uint64_t limit_bytes,
              const net::BodySink& sink, const std::optional<net::TlsClient>& tls_client = {}) const;

  /// The size that the first place to have `url` announces for it; nothing when it says none, or when no
  /// place has it and one of them knows no HEAD.
  std::optional<std::uint64_t> announced_size(const std::string& url) const;

 private:
  std::optional<Fetched> find_cached(const Wanted& wanted) const;
  std::optional<Fetched> find_near(const Wanted& wanted) const;

  net::HttpClient& http_;
  const spec::Mirrors& mirrors_;
  const Cache& cache_;
  const NearContent* near_ = nullptr;
};

}  // namespace bundle::store
