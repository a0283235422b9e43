#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cluster/opened.hpp"

namespace bundle::test {

/// What a ClusterBundle can have otherwise.
struct ClusterBundleOptions {
  std::string version = "2026.11.0";
  std::string manifest = "net-conf: 10.244.0.0/16\n";  ///< content of flannel's manifest
  std::string values = "replicas: 1\n";                ///< the catalogue's values of metallb
  bool has_gpu_toolkit = false;
  bool has_kubeadm = false;    ///< an RPM of it
  bool has_layerless = false;  ///< an image without any layer
};

/// A verified bundle on disk with all that a plan looks at: Kubernetes, containerd, flannel by a manifest,
/// metallb by a chart with values, a chart of versions.yml itself, files for masters and GPU nodes, RPMs. Its
/// images have the names of real ones and all one small manifest.
struct ClusterBundle {
  explicit ClusterBundle(const std::filesystem::path& parent, const ClusterBundleOptions& options = {});

  std::filesystem::path folder;
  format::VerifiedIndex verified;

  const format::Index& index() const { return verified.index(); }
  /// What an installation on this node of the site works on.
  cluster::Opened opened(const site::Site& site, const cluster::ThisNode& node) const;
};

}  // namespace bundle::test
