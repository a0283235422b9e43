#pragma once

#include <string>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "spec/site.hpp"

namespace bundle::test {

/// Three masters that balance, and a worker.
spec::Site three_masters();

/// The node of the site with this number, as that host sees itself.
cluster::ThisNode node_of(const spec::Site& site, std::size_t number);

cluster::ClusterFacts facts_with(const std::string& containerd);

/// The lab's own program of this unit, built from its Go module; empty when it is not built.
std::string lab_program(const std::string& unit, const std::string& name);

}  // namespace bundle::test
