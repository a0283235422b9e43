#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace bundle::cluster {

struct EtcdMember {
  std::string id;    ///< hex digits
  std::string name;  ///< of its node; empty until it has started
  std::string peer_urls;
  bool is_learner = false;  ///< it does not vote yet
};

/// `exec … etcdctl` of the etcd container on a node, with the certificate that it has there: words for
/// kubectl.
std::vector<std::string> etcdctl(const std::string& node, const std::vector<std::string>& words);

/// What `etcdctl member list` prints.
std::vector<EtcdMember> parse_members(std::string_view text);

/// The members of the cluster's etcd, as the one on `node` has them; nothing when it cannot be asked.
std::optional<std::vector<EtcdMember>> etcd_members(const host::Host& host, const std::string& node);

/// What came of leaving.
enum class Farewell {
  said,     ///< the others go on without this host, or there are none
  unheard,  ///< nobody answered
  refused,  ///< the list of nodes, or etcd, still has it
};

/// Before a master is taken back: where others are there, it leaves their etcd and their list of nodes, so
/// that they keep their majority. Its kubelet has stopped by then.
Farewell leave_cluster(const host::Host& host);

}  // namespace bundle::cluster
