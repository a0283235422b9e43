#pragma once

#include <string>
#include <string_view>

#include "cluster/cluster_facts.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

constexpr std::string_view kContainerdConfig = "/etc/containerd/config.toml";
constexpr std::string_view kCriSocket = "unix:///run/containerd/containerd.sock";

/// /etc/containerd/config.toml for containerd 1.x (version = 2) or 2.x (version = 3): one whole file, since
/// drop-ins replace whole sections before 2.1.
/// Source: containerd docs/cri/config.md at v1.7.28 and v2.1.5.
std::string containerd_config(const ClusterFacts& facts, const site::Site& site);

}  // namespace bundle::cluster
