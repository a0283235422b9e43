#pragma once

#include <string>
#include <string_view>

#include "cluster/cluster_facts.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

constexpr std::string_view kContainerdConfig = "/etc/containerd/config.toml";
constexpr std::string_view kRegistryFolder = "/etc/containerd/certs.d";
constexpr std::string_view kMirrorCa = "/etc/containerd/certs.d/bundle-mirror.crt";
constexpr std::string_view kCriSocket = "unix:///run/containerd/containerd.sock";

/// /etc/containerd/config.toml for containerd 1.x (version = 2) or 2.x (version = 3): one whole file, since
/// drop-ins replace whole sections before 2.1.
/// Source: containerd docs/cri/config.md at v1.7.28 and v2.1.5.
std::string containerd_config(const ClusterFacts& facts, const site::Site& site);

/// What containerd reads before it asks the registry `host` for an image, at every pull: all of it is asked
/// of the mirror, and nothing of `host`. Source: containerd docs/hosts.md at v1.6.38, v1.7.28 and v2.1.5.
std::string mirror_path(std::string_view host);
std::string mirror_hosts(const site::RegistryMirror& mirror, std::string_view host);

}  // namespace bundle::cluster
