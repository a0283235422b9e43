#pragma once

#include <string>
#include <vector>

#include "survey/picture.hpp"

namespace bundle::leaving {

/// Of the members of etcd those that vote and belong to other nodes than this one, which is known by its name
/// and, of a member that has not started, by these addresses.
std::vector<survey::EtcdMember> voters_besides(const std::vector<survey::EtcdMember>& members,
                                               const std::string& node,
                                               const std::vector<std::string>& addresses);

/// Whether a member is that of a node.
bool is_of(const survey::EtcdMember& member, const std::string& node,
           const std::vector<std::string>& addresses);

/// Why etcd would lose its majority with these voters alone; empty: it keeps it. Source: raft's quorum of n
/// is n/2 + 1; https://etcd.io/docs/v3.6/faq/#what-is-failure-tolerance
std::string majority_fault(const std::vector<survey::EtcdMember>& staying);

}  // namespace bundle::leaving
