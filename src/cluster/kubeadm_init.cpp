#include <algorithm>
#include <set>
#include <thread>

#include <unistd.h>
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "cluster/kubectl.hpp"
#include "host/state_folder.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {
namespace {

constexpr auto kInitTimeout = std::chrono::minutes(15);
constexpr auto kApiPatience = std::chrono::minutes(4);
/// A mark in the journal: the control plane was made, and is on disk.
constexpr std::string_view kMade = "made";
constexpr std::string_view kType = "kubeadm";
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

class KubeadmInit final : public steps::Action {
 public:
  KubeadmInit(std::string config, std::string node, spec::PodNetwork network)
      : config_(std::move(config)), node_(std::move(node)), network_(std::move(network)) {}

  std::string describe() const override {
    return fmt::format("kubeadm config validate --config {0}\nkubeadm init --config {0}\n", config_);
  }
  json::Object inputs() const override { return {{"kubeadm-init", config_}, {"node", node_}}; }

  bool is_done(steps::Context& context) override {
    if (was_made(context) && context.host.exists(kAdminConf)) {
      wait_for_api(context.host);  // it may just be starting
    }
    return is_api_ready(context.host) && has_node(context.host);
  }

  steps::Change capture(steps::Context& context) override {
    const bool is_ours = context.captured(kType, kKey) != nullptr;
    if (const std::vector<std::string> found = traces(context.host); !is_ours && !found.empty()) {
      throw Error(
          ErrorKind::step,
          fmt::format("a half-made or foreign control plane is on this host: {}", join(found, ", ")),
          fmt::format(
              "if nobody needs it: kubeadm reset -f --cri-socket {}; rm -rf /etc/kubernetes /var/lib/etcd",
              kCriSocket));
    }
    const std::vector<std::string> now = links(context.host);
    return {.type = std::string(kType),
            .key = std::string(kKey),
            .before = {{"links", json::Array(now.begin(), now.end())}, {"ours", spec::to_json(network_)}}};
  }

  void apply(steps::Context& context) override {
    if (is_api_ready(context.host) && has_node(context.host)) {
      context.host.log.warn(
          "the control plane is there already: it keeps the endpoint, networks and names it was made with");
      return;
    }
    if (was_made(context)) {
      throw Error(
          ErrorKind::step, "the control plane of this host does not answer",
          "crictl ps -a; journalctl -u kubelet; when it is beyond repair: bundle undo --force kubeadm-init");
    }
    if (!traces(context.host).empty()) {
      context.host.log.warn("an earlier kubeadm init was cut off; its traces are reset");
      reset_node(context.host);
    }
    context.host.run({"kubeadm", "config", "validate", "--config", config_});
    const CommandResult made =
        context.host.ask({"kubeadm", "init", "--config", config_, "--skip-token-print"}, kInitTimeout);
    if (made.status != 0) {
      throw Error(ErrorKind::step,
                  fmt::format("kubeadm init ended with exit code {}:\n{}{}{}", made.status, made.out,
                              made.err, dead_containers(context.host)),
                  "mend what it names, then install again: what it left is reset first");
    }
    ::sync();
    context.mark(kMade);
  }

  void verify(steps::Context& context) override {
    wait_for_api(context.host);
    if (!is_api_ready(context.host) || !has_node(context.host)) {
      throw Error(ErrorKind::step,
                  fmt::format("the API server does not answer, or has no control-plane node {}", node_),
                  "crictl ps -a; journalctl -u kubelet");
    }
  }

 private:
  static bool was_made(const steps::Context& context) {
    return std::find(context.marks().begin(), context.marks().end(), json::Value(kMade)) !=
           context.marks().end();
  }

  static void wait_for_api(const host::Host& host) {
    const auto began = host.steady();
    while (!is_api_ready(host) && host.since(began) < kApiPatience) {
      check_interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }

  bool has_node(const host::Host& host) const {
    const CommandResult node =
        host.ask(kubectl({"get", "-o", "jsonpath={.metadata.labels}", "--", "node", node_}));
    return node.status == 0 && node.out.find("node-role.kubernetes.io/control-plane") != std::string::npos;
  }

  std::string config_;
  std::string node_;
  spec::PodNetwork network_;
};

}  // namespace

std::unique_ptr<steps::Action> kubeadm_init(std::string config_path, std::string node_name,
                                            spec::PodNetwork network) {
  return std::make_unique<KubeadmInit>(std::move(config_path), std::move(node_name), std::move(network));
}

}  // namespace bundle::cluster
