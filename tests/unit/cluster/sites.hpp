#pragma once

#include <string>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "site/site.hpp"

namespace bundle::test {

/// Three masters that balance, and a worker.
site::Site three_masters();

/// The node of the site with this number, as that host sees itself.
cluster::ThisNode node_of(const site::Site& site, std::size_t number);

cluster::ClusterFacts facts_with(const std::string& containerd);

/// The lab's own program of this unit, built from its Go module; empty when it is not built.
std::string lab_program(const std::string& unit, const std::string& name);

}  // namespace bundle::test
