#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

/// The node of the site that this host is.
struct ThisNode {
  std::string name;
  std::string address;
  std::string interface;
  spec::Roles roles;  ///< master, worker, gpu
  bool lb = false;
  bool schedulable_master = false;  ///< pods of users run here as well
  std::map<std::string, std::string> labels;
  std::vector<std::string> taints;
  json::Object kubelet;  ///< of its KubeletConfiguration, what the site file says
};

/// Finds the host in the site by its addresses, or makes up a one-node site's only node. `role` is --role as
/// typed (`master,gpu`), possibly empty. Throws Error(spec) when role and site contradict each other or no
/// node of the site has an address of this host, Error(usage) when neither says what this host is.
ThisNode find_this_node(const host::Host& host, const site::Site& site, const std::string& role);

/// The same of any node of the site, without the interface.
ThisNode node_of(const site::Site& site, const site::SiteNode& node);

/// The taints that a node has: of the site file, else what keeps pods off a control plane.
std::vector<std::string> taints_of(const ThisNode& node);

/// host:port of the API server that kubeconfigs name.
std::string endpoint_of(const site::Site& site, const ThisNode& node);

/// Of these, the port.
std::string endpoint_port(const site::Site& site, const ThisNode& node);

/// The masters of a site, and its load balancers, in the order of the site file; none without one.
std::vector<const site::SiteNode*> masters_of(const site::Site& site);
std::vector<const site::SiteNode*> balancers_of(const site::Site& site);

}  // namespace bundle::cluster
