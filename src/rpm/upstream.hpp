#pragma once

#include <optional>

#include "rpm/closure.hpp"
#include "rpm/signature.hpp"
#include "spec/repository.hpp"
#include "store/fetcher.hpp"

namespace bundle::rpm {

/// The client certificate of a repository, for the HTTP client.
std::optional<net::TlsClient> tls_client_of(const std::optional<spec::ClientCert>& cert);

/// Fetches a repository's repomd.xml and, where the repository signs it, checks the signature. The metadata
/// files themselves come through the cache when a Sack wants them, so `fetcher` must outlive the Sack. Throws
/// Error(network) or Error(unresolvable) as the fetcher does, Error(integrity) when the signature is missing
/// or not good, or rests on checksums that are too weak.
RepoInput open_upstream(const store::Fetcher& fetcher, const spec::Repository& repository,
                        const Keyring& keys);

/// Where a package of a repository at this URL is fetched: its location resolved as RFC 3986 says. Throws
/// Error(integrity) when that leads to another host than the repository's or, where primary has an xml:base,
/// out of encryption.
std::string package_url(const Package& package, const std::string& repository_url);

}  // namespace bundle::rpm
