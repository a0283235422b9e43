#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::leaving {

/// On a master: takes a host that is gone for good out of etcd and out of the list of nodes, so that a new
/// one of its name may join. Returns what was taken out, in words; nothing when the cluster does not know it.
/// Throws Error(preflight), and has changed nothing, where this host is no master, where no API server
/// answers, while the host answers or its kubelet reports to the API server (which is waited for: a host
/// that has just stopped counts as Ready for most of a minute), and where etcd would lose its majority.
/// Throws Error(usage) for what is no node's name, and for this host's own.
std::vector<std::string> forget(const host::Host& host, const std::string& node);

}  // namespace bundle::leaving
