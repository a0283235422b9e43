#include "rpm/upstream.hpp"

#include "base/error.hpp"
#include "base/relpath.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace bundle::rpm {
namespace {

constexpr std::uint64_t kMaxSignatureBytes = 64 << 10;

std::string fetch_index_signature(const store::Fetcher& fetcher, const spec::Repository& repository,
                                  const std::string& url) {
  try {
    return fetcher.fetch_text(url + ".asc", kMaxSignatureBytes, tls_client_of(repository.client_cert));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unresolvable) {
      throw;
    }
    throw Error(ErrorKind::integrity,
                fmt::format("{} has no signature, expected for 'signed: {}': {}", url,
                            spec::to_string(repository.signed_by), error.message()),
                "only a repository with 'signed: header' may have unsigned metadata");
  }
}

void verify_index(const std::string& url, const std::string& repomd, const std::string& signature,
                  const Keyring& keys) {
  verify_repomd_signature(repomd, signature, keys);
  for (const auto& [type, file] : parse_repomd(repomd, url).files) {
    if (!establishes_trust(file.checksum_kind)) {
      fail(ErrorKind::integrity, "{} vouches for its '{}' with {}, which is too weak", url, type,
           to_string(file.checksum_kind));
    }
  }
}

}  // namespace

std::optional<net::TlsClient> tls_client_of(const std::optional<spec::ClientCert>& cert) {
  if (!cert) {
    return std::nullopt;
  }
  return net::TlsClient{.cert_file = cert->cert, .key_file = cert->key, .ca_file = cert->ca};
}

std::string package_url(const Package& package, const std::string& repository_url) {
  std::string below = repository_url;
  if (!package.location_base.empty()) {
    net::require_no_downgrade(repository_url, package.location_base);
    below = package.location_base;
  }
  while (below.ends_with('/')) {
    below.pop_back();
  }
  if (RelPath::parse(package.location)) {
    return below + "/" + package.location;
  }
  const auto base = net::parse_url(below + "/");
  const auto resolved = base ? net::resolve_url(*base, package.location) : std::nullopt;
  if (!resolved || resolved->origin() != base->origin()) {
    fail(ErrorKind::integrity, "{} of repository {} lies at '{}', which is not on the repository's host",
         package.nevra, package.repository, escaped(package.location, 200));
  }
  return resolved->text;
}

RepoInput open_upstream(const store::Fetcher& fetcher, const spec::Repository& repository,
                        const Keyring& keys) {
  return with_context("opening repository " + repository.id, [&] {
    const std::string url = repository.url + "/repodata/repomd.xml";
    RepoInput input{.id = repository.id,
                    .repomd = fetcher.fetch_text(url, kMaxRepomdBytes, tls_client_of(repository.client_cert)),
                    .priority = repository.priority,
                    .module_hotfixes = repository.module_hotfixes,
                    .excludes = repository.excludes};
    if (repository.signed_by != spec::SignedBy::header) {
      verify_index(url, input.repomd, fetch_index_signature(fetcher, repository, url), keys);
    }
    input.fetch = [&fetcher, base = repository.url,
                   tls = tls_client_of(repository.client_cert)](const MetadataFile& file) {
      store::Wanted wanted{.url = base + "/" + file.location.str(),
                           .kind = file.checksum_kind,
                           .hex = file.checksum,
                           .limit_bytes = kMaxMetadataBytes,
                           .tls_client = tls};
      if (file.size_bytes != 0) {
        wanted.size_bytes = file.size_bytes;
      }
      return fetcher.fetch(wanted).path;
    };
    return input;
  });
}

}  // namespace bundle::rpm
