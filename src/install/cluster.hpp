#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::install {

constexpr std::string_view kAdminConf = "/etc/kubernetes/admin.conf";
constexpr std::string_view kCriSocket = "unix:///run/containerd/containerd.sock";

/// `kubectl --kubeconfig /etc/kubernetes/admin.conf …`
std::vector<std::string> kubectl(std::vector<std::string> words);

/// `kubeadm init` with a configuration that is validated first. A control plane that an earlier try of ours
/// left half made is reset; one that is whole is waited for; a foreign one is refused. Marks "made" once it
/// is on disk.
std::unique_ptr<steps::Action> kubeadm_init(std::string config_path, std::string node_name);

/// Change type "kubeadm": `kubeadm reset`, the links and netfilter rules of the pod network.
void undo_kubeadm(host::Host& host, const steps::Change& change);

/// A file on the host with the SHA-256 that it has or will have when it is used.
struct HashedFile {
  std::string path;
  std::string sha256;
};

/// A manifest of the payload, applied on the server side by the field manager `bundle`.
std::unique_ptr<steps::Action> apply_manifest(HashedFile manifest);

/// A namespace with a level of Pod Security, made before its release.
std::unique_ptr<steps::Action> make_namespace(std::string name, std::string pod_security);

struct Release {
  std::string helm;  ///< path of the program
  std::string name;
  std::string namespace_;
  HashedFile chart;                ///< the .tgz
  std::vector<HashedFile> values;  ///< the last one wins
};
/// Installs or upgrades a release. Chart and values are named by their digests in the release's description,
/// so that the cluster itself says whether it has these.
std::unique_ptr<steps::Action> install_release(Release release);

/// Change types "manifest" and "release".
void undo_manifest(host::Host& host, const steps::Change& change);
void undo_release(host::Host& host, const steps::Change& change);

/// Pods that do not run, with their reasons, for people.
std::string unhealthy_pods(const host::Host& host);

}  // namespace bundle::install
