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

}  // namespace bundle::rpm
