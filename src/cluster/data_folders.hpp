#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::cluster {

// Where programs keep their data, and what they call their things in there: of a folder that stays, because
// it is a mount point or was there before, undo removes these alone.

constexpr const char* kKubeletFolder = "/var/lib/kubelet";
/// Source: kubernetes/pkg/kubelet/config/defaults.go, pkg/kubelet/cm, pkg/kubelet/allocation, kubeadm's
/// constants.go.
std::vector<std::string> kubelet_names();

constexpr const char* kEtcdFolder = "/var/lib/etcd";
/// etcd's own (source: its server/storage/datadir/datadir.go), and what a restore puts beside it.
std::vector<std::string> etcd_names();

/// Whether a member of an etcd has begun to keep its data on this host.
bool has_etcd_data(const host::Host& host);

/// Source: containerd's plugins, each with a folder of its name below the root; core/mount/temp.go.
std::vector<std::string> containerd_names();

}  // namespace bundle::cluster
