#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::cluster {

struct EtcdMember {
  std::string id;    ///< hex digits
  std::string name;  ///< of its node; empty until it has started
  std::string peer_urls;
  bool is_learner = false;  ///< it does not vote yet
};

/// The members of the cluster's etcd, as the one on `node` has them; nothing when it cannot be asked.
std::optional<std::vector<EtcdMember>> etcd_members(const host::Host& host, const std::string& node);

/// Before a master is taken back: where others are there, it leaves their etcd and their list of nodes, so
/// that they keep their majority. Its kubelet has stopped by then. Of the last master, and where no API
/// server answers, nothing is told.
void leave_cluster(const host::Host& host);

}  // namespace bundle::cluster
