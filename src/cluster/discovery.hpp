#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/host.hpp"
#include "spec/join.hpp"

namespace bundle::cluster {

/// What a host that has nothing but a join file learns of the cluster, as `kubeadm join` does later: the
/// cluster's CA, believed because the token signed it and its public key is pinned.
/// Source: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#configmap-signing
struct Discovery {
  enum class Fault { none, unreachable, no_cluster, unknown_token, wrong_token, other_ca };
  Fault fault = Fault::none;
  std::string seen;                  ///< with a fault: what was seen
  std::string ca_pem;                ///< without one
  std::optional<std::int64_t> date;  ///< by the API server's clock, seconds since the epoch
};

/// Reads only.
Discovery discover(const host::Host& host, const spec::Join& join);

/// Whether `jws` (HEADER..SIGNATURE) is the token's signature of `content`.
bool is_signed_with(const std::string& jws, const std::string& content, const std::string& token_secret);

}  // namespace bundle::cluster
