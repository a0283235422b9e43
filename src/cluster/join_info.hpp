#pragma once

#include <chrono>
#include <string>

#include "host/host.hpp"
#include "spec/join.hpp"

namespace bundle::cluster {

struct JoinOrder {
  std::string role;  ///< master, worker or gpu
  std::chrono::seconds ttl{};
  std::string bundle_name;  ///< that this host was made from
  std::string bundle_version;
  std::string index_sha256;
};

struct Minted {
  spec::Join join;
  std::string certificate_key;  ///< of role master
};

/// How long kubeadm keeps the certificates that it hands to joining masters.
/// Source: kubeadm's DefaultCertTokenDuration.
constexpr std::chrono::seconds kCertificateLife = std::chrono::hours(2);

/// On a master: makes a bootstrap token and, for masters, puts the control plane's certificates up for two
/// hours under a new key; lets joining masters take turns. Throws Error(preflight) where there is no control
/// plane that answers, Error(step) when a program fails. No secret is on a command line.
Minted mint_join(const host::Host& host, const JoinOrder& order);

}  // namespace bundle::cluster
