#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "cluster/node.hpp"
#include "format/index.hpp"
#include "host/host.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

/// What a node's object of the API says: whether its kubelet is well, and whether it keeps pods off that bear
/// none of its taints.
bool is_ready(const json::Value& node);
bool repels_pods(const json::Value& node);

/// Which pods of components find a node now: those without tolerations, and those of GPU nodes. A pod network
/// always does.
struct Room {
  bool for_pods = false;
  bool for_gpu = false;

  bool is_for(const format::Component& component) const;
};

/// The kind of node for which a component waits: `a node that takes pods …`, `a GPU node`.
std::string wanted_node(const format::Component& component);

/// By the nodes that are Ready, where the cluster answers; else by what this host becomes. Reads only.
Room room_now(const host::Host& host, const site::Site& site, const ThisNode& node);

/// Of these components (and "charts", those of versions.yml) the ones that wait for a node, in the order of
/// the index, and which kind of node that is.
struct Pending {
  std::string id;
  std::string wants;  ///< wanted_node
};
std::vector<Pending> pending_charts(const format::Index& index, const Room& room);

}  // namespace bundle::cluster
