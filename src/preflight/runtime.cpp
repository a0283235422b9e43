#include <algorithm>
#include <array>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "host/host.hpp"
#include "host/private_rpmdb.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

/// Whether a folder of the host has anything in it.
bool has_content(const host::Host& host, const std::string& folder) {
  std::error_code error;
  return std::filesystem::is_directory(host.at(folder), error) && !list_folder(host.at(folder)).empty();
}

/// Whether a package owns this file: who gives way to whom among packages is dnf's answer (package_checks).
bool is_packaged(const host::Host& host, const std::string& path) {
  const host::PrivateRpmdb rpmdb(host);
  return host.ask({"rpm", "--dbpath", rpmdb.folder(), "-qf", path}).status == 0;
}

void check_runtimes(Inspection& look) {
  struct Foreign {
    const char* path;
    const char* what;
    const char* fix;
  };
  constexpr std::array<Foreign, 8> kForeign = {
      {{"/usr/bin/dockerd", "Docker", "dnf remove docker-ce moby-engine; its containers go with it"},
       {"/usr/bin/crio", "CRI-O", "dnf remove cri-o"},
       {"/run/crio/crio.sock", "CRI-O", "systemctl disable --now crio"},
       {"/run/cri-dockerd.sock", "cri-dockerd",
        "systemctl disable --now cri-docker.socket cri-docker.service"},
       {"/var/lib/rancher/k3s", "k3s", "k3s-uninstall.sh"},
       {"/var/lib/rancher/rke2", "RKE2", "rke2-uninstall.sh"},
       {"/var/lib/k0s", "k0s", "k0s stop; k0s reset"},
       {"/var/snap/microk8s", "MicroK8s", "snap remove microk8s --purge"}}};
  for (const Foreign& foreign : kForeign) {
    if (look.host.exists(foreign.path)) {
      look.error("foreign-runtime",
                 fmt::format("this host has {} ({}), which stands in the way of the bundle's containerd",
                             foreign.what, foreign.path),
                 foreign.fix);
    }
  }
}

void check_containerd(Inspection& look) {
  if (look.resuming) {
    return;
  }
  if (look.host.exists("/run/containerd/containerd.sock")) {
    look.error("foreign-containerd", "a containerd runs here that this bundle did not install",
               "systemctl disable --now containerd; dnf remove containerd.io containerd");
  }
  if (look.host.exists("/usr/bin/runc") && !is_packaged(look.host, "/usr/bin/runc")) {
    look.error("foreign-runc",
               "this host has a /usr/bin/runc that no package owns, which the bundle's containerd.io would "
               "overwrite",
               "mv /usr/bin/runc /root/");
  }
}

void check_old_cluster(Inspection& look) {
  if (look.resuming) {
    return;
  }
  std::vector<std::string> remains;
  for (const char* path : {"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf",
                           "/etc/kubernetes/bootstrap-kubelet.conf"}) {
    if (look.host.exists(path)) {
      remains.emplace_back(path);
    }
  }
  // Packages bring some of these folders empty.
  for (const char* folder : {"/etc/kubernetes/pki", "/etc/kubernetes/manifests", "/var/lib/etcd"}) {
    if (has_content(look.host, folder)) {
      remains.emplace_back(folder);
    }
  }
  if (!remains.empty()) {
    look.error(
        "old-cluster",
        fmt::format("this host has been a node before, not by this bundle: there is {}", join(remains, ", ")),
        "if that cluster may go: kubeadm reset -f && rm -rf /etc/kubernetes /var/lib/etcd");
  }
}

void check_cni(Inspection& look) {
  const std::string folder = "/etc/cni/net.d";
  if (look.resuming || !has_content(look.host, folder)) {
    return;
  }
  std::vector<std::string> files;
  for (const std::string& name : list_folder(look.host.at(folder))) {
    if (name.ends_with(".conf") || name.ends_with(".conflist") || name.ends_with(".json")) {
      files.push_back(folder + "/" + name);
    }
  }
  if (!files.empty()) {
    look.error("foreign-cni",
               fmt::format("pods would get the network of another program: {}", join(files, ", ")),
               "mv " + join(files, " ") + " /root/");
  }
}

}  // namespace

std::vector<NamedCheck> runtime_checks() {
  return {{"other container runtimes", check_runtimes},
          {"containerd", check_containerd},
          {"an older cluster", check_old_cluster},
          {"/etc/cni/net.d", check_cni}};
}

}  // namespace bundle::preflight
