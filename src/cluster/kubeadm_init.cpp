#include "cluster/kubeadm_init.hpp"

#include "base/error.hpp"
#include "cluster/control_plane.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

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
    return is_there(context.host);
  }

  steps::Change capture(steps::Context& context) override {
    return capture_before_kubeadm(context, network_);
  }

  void apply(steps::Context& context) override {
    if (is_there(context.host)) {
      context.host.log.warn(
          "the control plane is there already: it keeps the endpoint, networks and names it was made with");
      return;
    }
    if (was_made(context)) {
      throw Error(
          ErrorKind::step, "the control plane of this host does not answer",
          "crictl ps -a; journalctl -u kubelet; when it is beyond repair: bundle undo --force kubeadm-init");
    }
    reset_leftovers(context.host, "kubeadm init");
    context.host.run({"kubeadm", "config", "validate", "--config", config_});
    run_kubeadm(context.host, {"kubeadm", "init", "--config", config_, "--skip-token-print"});
    mark_made(context);
  }

  void verify(steps::Context& context) override {
    wait_for_api(context.host);
    if (!is_there(context.host)) {
      throw Error(ErrorKind::step,
                  fmt::format("the API server does not answer, or has no control-plane node {}", node_),
                  "crictl ps -a; journalctl -u kubelet");
    }
  }

 private:
  bool is_there(const host::Host& host) const { return is_api_ready(host) && is_control_plane(host, node_); }

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
