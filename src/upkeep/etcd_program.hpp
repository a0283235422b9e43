#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::upkeep {

/// The etcd of this master, as kubeadm has written its pod.
struct EtcdPod {
  std::string image;
  std::string name;      ///< of the member
  std::string peer_url;  ///< https://10.0.0.5:2380
};

constexpr std::string_view kEtcdManifest = "/etc/kubernetes/manifests/etcd.yaml";

/// Throws Error(preflight) on a host without an etcd of kubeadm's, Error(step) for a manifest that cannot be
/// read.
EtcdPod own_etcd(const host::Host& host);

/// A folder of the host that a program sees under the same path.
struct Bind {
  std::string folder;
  bool is_writable = false;
};

/// Runs a program of etcd's own image (etcdctl, etcdutl) in a container of its own, in the host's network: no
/// such program is on the host, and a restore has no etcd that runs. The status is the answer. What an
/// earlier one that was killed has left is removed first; the caller is the one at work on this host. Throws
/// Error(step) when containerd does not answer.
/// Source: `ctr run` of containerd 1.6 to 2.1.
CommandResult run_etcd_program(const host::Host& host, const EtcdPod& etcd, const std::vector<Bind>& binds,
                               const std::vector<std::string>& argv);

/// The same with etcdctl, which asks the etcd of this master.
CommandResult run_etcdctl(const host::Host& host, const EtcdPod& etcd, std::vector<Bind> binds,
                          const std::vector<std::string>& words);

}  // namespace bundle::upkeep
