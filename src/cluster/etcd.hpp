#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::cluster {

struct EtcdMember {
  std::string name;  ///< of its node; empty until it has started
  std::vector<std::string> peer_urls;
  bool is_learner = false;  ///< it does not vote yet

  bool has_started() const { return !name.empty(); }
};

/// The members of the cluster's etcd, as the one on `node` has them. Throws Error(step) when it cannot be
/// asked.
std::vector<EtcdMember> etcd_members(const host::Host& host, const std::string& node);

}  // namespace bundle::cluster
