#include "cluster/containerd_config.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kMade = "# Made by bundle; change the site file and install again.\n";

json::Object runc_like(json::Object options) {
  options["SystemdCgroup"] = true;
  return {{"runtime_type", "io.containerd.runc.v2"}, {"options", std::move(options)}};
}

json::Object runtimes(const ClusterFacts& facts) {
  json::Object all{{"runc", runc_like({})}};
  if (facts.has_nvidia_runtime) {
    all["nvidia"] = runc_like({{"BinaryName", "/usr/bin/nvidia-container-runtime"}});
  }
  return {{"default_runtime_name", facts.has_nvidia_runtime ? "nvidia" : "runc"},
          {"runtimes", std::move(all)}};
}

json::Object containerd_1_plugins(const ClusterFacts& facts) {
  json::Object cri{{"sandbox_image", facts.pause_image},
                   {"enable_selinux", facts.is_selinux_on},
                   {"containerd", runtimes(facts)},
                   {"registry", json::Object{{"config_path", kRegistryFolder}}}};
  if (facts.has_nvidia_runtime) {
    cri["enable_cdi"] = true;
    cri["cdi_spec_dirs"] = json::Array{"/etc/cdi", "/var/run/cdi"};
  }
  return {{"io.containerd.grpc.v1.cri", std::move(cri)}};
}

json::Object containerd_2_plugins(const ClusterFacts& facts) {
  return {{"io.containerd.cri.v1.images",
           json::Object{{"pinned_images", json::Object{{"sandbox", facts.pause_image}}},
                        {"registry", json::Object{{"config_path", kRegistryFolder}}}}},
          {"io.containerd.cri.v1.runtime",
           json::Object{{"enable_selinux", facts.is_selinux_on}, {"containerd", runtimes(facts)}}}};
}

}  // namespace

std::string containerd_config(const ClusterFacts& facts, const site::Site& site) {
  const bool is_1 = facts.containerd_version.starts_with("1.");
  return std::string(kMade) +
         toml::document({{"version", is_1 ? 2 : 3},
                         {"root", site.containerd_root},
                         {"state", "/run/containerd"},
                         {"oom_score", -999},
                         {"disabled_plugins", json::Array()},
                         {"plugins", is_1 ? containerd_1_plugins(facts) : containerd_2_plugins(facts)}});
}

std::string mirror_path(std::string_view host) {
  return fmt::format("{}/{}/hosts.toml", kRegistryFolder, host);
}

std::string mirror_hosts(const site::RegistryMirror& mirror, std::string_view host) {
  json::Object asked{{"capabilities", json::Array{"pull", "resolve"}}};
  if (!mirror.ca.empty()) {
    asked["ca"] = kMirrorCa;
  }
  std::string server = mirror.server;
  if (!mirror.prefix.empty()) {
    server += "/v2/" + replace_all(mirror.prefix, "{host}", host);
    asked["override_path"] = true;  // else containerd puts its /v2 behind
  }
  json::Object document = asked;
  document["server"] = server;
  document["host"] = json::Object{{server, std::move(asked)}};
  return std::string(kMade) + toml::document(document);
}

}  // namespace bundle::cluster
