#include "cluster/cluster_facts.hpp"

#include "base/error.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kPauseRepository = "registry.k8s.io/pause:";

std::string version_of(const format::Index& index, std::string_view name) {
  const format::Component* component = index.find_component(name);
  if (component == nullptr) {
    throw Error(ErrorKind::integrity,
                fmt::format("the bundle {} has no component '{}'", index.base_name(), name),
                "build it with one: a cluster needs kubernetes and containerd");
  }
  return component->version;
}

}  // namespace

ClusterFacts cluster_facts(const host::Host& host, const format::Index& index, const ThisNode& node) {
  ClusterFacts facts{.kubernetes_version = version_of(index, "kubernetes"),
                     .containerd_version = version_of(index, "containerd"),
                     .resolv_conf = host::resolver_file(host),
                     .has_resolved = host.exists(host::kResolvedConf),
                     .has_nvidia_runtime = node.roles.contains("gpu") &&
                                           index.find_component("nvidia-container-toolkit") != nullptr &&
                                           !host::host_gpus(host).empty(),
                     .is_selinux_on = host.exists("/sys/fs/selinux/enforce")};
  for (const format::Image& image : index.images) {
    if (image.ref.starts_with(kPauseRepository)) {
      facts.pause_image = image.ref;
    }
  }
  if (facts.pause_image.empty()) {
    fail(ErrorKind::integrity, "the bundle {} has no image {}…: no pod could start", index.base_name(),
         kPauseRepository);
  }
  return facts;
}

}  // namespace bundle::cluster
