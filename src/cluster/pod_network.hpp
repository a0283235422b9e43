#pragma once

#include <string_view>

#include "format/index.hpp"
#include "spec/component_network.hpp"

namespace bundle::cluster {

/// What Kubernetes and the bundle's pod networks make on a host, together.
spec::PodNetwork pod_network(const format::Index& index);

/// Whether a rule of netfilter, as iptables-save prints it, is theirs.
bool is_rule_of(const spec::PodNetwork& network, std::string_view rule);

}  // namespace bundle::cluster
