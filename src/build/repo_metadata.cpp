#include "build/repo_metadata.hpp"

#include "base/fs.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;
constexpr std::uint64_t kMaxKeyBytes = 1 << 20;
constexpr std::uint64_t kMaxSignatureBytes = 1 << 20;

/// A metadata file in the cache, which keeps it by its checksum.
stdfs::path fetch_metadata(const spec::Repository& repository, const rpm::MetadataFile& file, World& world) {
  return world.fetcher
      .fetch({.url = repository.url + "/" + file.location.str(),
              .kind = file.checksum_kind,
              .hex = file.checksum,
              .size_bytes = file.size_bytes == 0 ? std::nullopt : std::optional(file.size_bytes),
              .limit_bytes = rpm::kMaxMetadataBytes,
              .tls_client = tls_client_of(repository.client_cert)})
      .path;
}

}  // namespace

std::optional<net::TlsClient> tls_client_of(const std::optional<spec::ClientCert>& cert) {
  if (!cert) {
    return std::nullopt;
  }
  return net::TlsClient{.cert_file = cert->cert, .key_file = cert->key, .ca_file = cert->ca};
}

rpm::Keyring load_keyring(const std::vector<spec::LockedKey>& keys, World& world) {
  std::vector<rpm::KeyFile> files;
  for (const spec::LockedKey& key : keys) {
    const store::Fetched fetched =
        world.fetcher.fetch({.url = key.key.url, .hex = key.sha256, .limit_bytes = kMaxKeyBytes});
    files.push_back({.name = key.key.url,
                     .content = read_file(fetched.path, kMaxKeyBytes),
                     .fingerprint = key.key.fingerprint});
  }
  const std::lock_guard lock(world.librpm);
  return rpm::load_keys(files, world.now);
}

FetchedRepository fetch_repository(const spec::Repository& repository, World& world) {
  FetchedRepository made{.spec = repository};
  for (const spec::GpgKey& key : repository.gpgkeys) {
    const store::Fetched fetched = world.fetcher.fetch({.url = key.url, .limit_bytes = kMaxKeyBytes});
    made.keys.push_back({.key = key, .sha256 = fetched.sha256_hex});
  }
  const rpm::Keyring keyring = load_keyring(made.keys, world);
  const std::optional<net::TlsClient> tls_client = tls_client_of(repository.client_cert);
  const std::string url = repository.url + "/repodata/repomd.xml";
  const std::string repomd = world.fetcher.fetch_text(url, rpm::kMaxRepomdBytes, tls_client);
  if (repository.signed_by != spec::SignedBy::header) {
    const std::string signature = world.fetcher.fetch_text(url + ".asc", kMaxSignatureBytes, tls_client);
    with_context("checking the signature of " + url, [&] {
      const std::lock_guard lock(world.librpm);
      rpm::verify_repomd_signature(repomd, signature, keyring);
    });
  }
  for (const rpm::MetadataFile& file : rpm::plan_metadata(rpm::parse_repomd(repomd, url))) {
    fetch_metadata(repository, file, world);  // now, while several repositories are read at once
  }
  made.input = {.id = repository.id,
                .folder = {},
                .repomd = repomd,
                .priority = repository.priority,
                .module_hotfixes = repository.module_hotfixes,
                .excludes = repository.excludes,
                .fetch = [repository, &world](const rpm::MetadataFile& file) {
                  return fetch_metadata(repository, file, world);
                }};
  return made;
}

}  // namespace bundle::build
