#include "cluster/control_plane.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

constexpr auto kKubeadmTimeout = std::chrono::minutes(15);
/// A mark in the journal.
constexpr std::string_view kMade = "made";
constexpr std::string_view kKey = "control plane";

/// The end of the logs of containers that died, which is what kubeadm's own words lack.
std::string dead_containers(const host::Host& host) {
  if (host.ask({"crictl", "--version"}).status != 0) {
    return {};
  }
  const std::string endpoint = "--runtime-endpoint=" + std::string(kCriSocket);
  const CommandResult listed = host.ask({"crictl", endpoint, "ps", "-a", "--state", "exited", "-q"});
  std::string text;
  for (const std::string_view id : split_words(listed.out)) {
    const CommandResult log = host.ask({"crictl", endpoint, "logs", "--tail=5", "--", std::string(id)});
    text += fmt::format("\ncontainer {}:\n{}{}", id, log.out, log.err);
  }
  return text;
}

}  // namespace

steps::Change capture_before_kubeadm(const steps::Context& context, const spec::PodNetwork& network) {
  const bool is_ours = context.captured(kKubeadmChange, kKey) != nullptr;
  if (const std::vector<std::string> found = traces(context.host); !is_ours && !found.empty()) {
    throw Error(
        ErrorKind::step,
        fmt::format("a half-made or foreign control plane is on this host: {}", join(found, ", ")),
        fmt::format(
            "if nobody needs it: kubeadm reset -f --cri-socket {}; rm -rf /etc/kubernetes /var/lib/etcd",
            kCriSocket));
  }
  const std::vector<std::string> now = links(context.host);
  return {.type = std::string(kKubeadmChange),
          .key = std::string(kKey),
          .before = {{"links", json::Array(now.begin(), now.end())}, {"ours", spec::to_json(network)}}};
}

bool was_made(const steps::Context& context) {
  return std::find(context.marks().begin(), context.marks().end(), json::Value(kMade)) !=
         context.marks().end();
}

void mark_made(steps::Context& context) {
  ::sync();
  context.mark(kMade);
}

void reset_leftovers(const host::Host& host, std::string_view command) {
  if (!traces(host).empty()) {
    host.log.warn(fmt::format("an earlier {} was cut off; its traces are reset", command));
    reset_node(host);
  }
}

void run_kubeadm(const host::Host& host, const std::vector<std::string>& argv) {
  const CommandResult made = host.ask(argv, kKubeadmTimeout);
  if (made.status != 0) {
    throw Error(ErrorKind::step,
                fmt::format("{} {} ended with exit code {}:\n{}{}{}", argv[0], argv[1], made.status, made.out,
                            made.err, dead_containers(host)),
                "mend what it names, then install again: what it left is reset first");
  }
}

void wait_for_api(const host::Host& host) {
  host.wait_until([&] { return is_api_ready(host); }, kApiPatience);
}

bool is_control_plane(const host::Host& host, const std::string& node) {
  return labels_of(host, kAdminConf, node).find("node-role.kubernetes.io/control-plane") != nullptr;
}

}  // namespace bundle::cluster
