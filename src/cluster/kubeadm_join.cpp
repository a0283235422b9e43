#include "cluster/kubeadm_join.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/api_client.hpp"
#include "cluster/control_plane.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/discovery.hpp"
#include "cluster/etcd.hpp"
#include "cluster/join_lock.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/room.hpp"
#include "host/secret_file.hpp"
#include "host/sync_often.hpp"

namespace bundle::cluster {
namespace {

/// In memory, of this boot.
constexpr std::string_view kJoinConfig = "/run/bundle-join.yaml";
constexpr std::string_view kMasked = "(secret)";
constexpr auto kLockPatience = std::chrono::minutes(15);
constexpr auto kNoticePatience = std::chrono::minutes(2);
constexpr int kOk = 200;
constexpr auto kVoterPatience = std::chrono::minutes(3);
constexpr std::string_view kHint = "crictl ps -a; journalctl -u kubelet";

bool knows_node(const host::Host& host, const std::string& node) {
  return has_joined(host) &&
         host.ask(kubectl_with(kKubeletConf, {"get", "-o", "name", "--", "node", node})).status == 0;
}

/// Whether etcd has the node as a voting member; one that cannot be asked yet has not.
bool votes(const host::Host& host, const std::string& node) {
  const std::optional<std::vector<EtcdMember>> members = etcd_members(host, node);
  return members && std::any_of(members->begin(), members->end(), [&](const EtcdMember& member) {
           return member.name == node && !member.is_learner;
         });
}

class KubeadmJoin final : public steps::Action {
 public:
  explicit KubeadmJoin(JoinRequest request) : request_(std::move(request)) {}

  /// The document without its secrets.
  std::string describe() const override {
    spec::Join shown = request_.join.value_or(spec::Join{});
    shown.endpoint = request_.endpoint;
    shown.token = kMasked;
    const std::string document = join_config(node(), shown, std::string(kMasked));
    std::string text = fmt::format("write {} (mode 0600), for as long as kubeadm runs\n", kJoinConfig);
    for (const std::string_view line : split(trim(document), '\n')) {
      text += fmt::format("  | {}\n", line);
    }
    return text + fmt::format("kubeadm join --config {}\n", kJoinConfig);
  }
  json::Object inputs() const override {
    return {{"kubeadm-join", request_.endpoint}, {"node", node().name}, {"control-plane", is_master()}};
  }

  bool is_done(steps::Context& context) override {
    if (was_made(context) && is_master() && context.host.exists(kAdminConf)) {
      // It may just be starting.
      return context.host.wait_until([&] { return is_there(context.host); }, kApiPatience);
    }
    return is_there(context.host);
  }

  steps::Change capture(steps::Context& context) override {
    return capture_before_kubeadm(context, request_.network);
  }

  void apply(steps::Context& context) override {
    if (is_there(context.host)) {
      context.host.log.warn("this host is a node of the cluster already: it keeps the endpoint it joined by");
      return;
    }
    if (was_made(context)) {
      throw Error(ErrorKind::step, "this host has joined the cluster, which does not answer it",
                  fmt::format("{}; when it is beyond repair: bundle undo --force kubeadm-join", kHint));
    }
    if (!request_.join) {
      throw Error(ErrorKind::usage, "this host has not joined the cluster yet, and there is no join file",
                  "on a master: bundle join-info; then here the same command with --join join.yml");
    }
    reset_cut_join(context.host);
    join_cluster(context.host);
    mark_made(context);
  }

  /// kubeadm ends when the kubelet has its certificate; the node comes a moment later.
  void verify(steps::Context& context) override {
    if (!context.host.wait_until([&] { return is_there(context.host); }, kApiPatience)) {
      throw Error(
          ErrorKind::step,
          fmt::format("the cluster at {} does not have {} as it should", request_.endpoint, node().name),
          std::string(kHint));
    }
    // An undo of this host has closed the node to pods, and may have left it in the list. Not in `apply`: a
    // cut may come right behind kubeadm.
    context.host.run(kubectl_with(is_master() ? kAdminConf : kKubeletConf, {"uncordon", "--", node().name}));
  }

 private:
  const ThisNode& node() const { return request_.node; }
  bool is_master() const { return node().roles.contains("master"); }

  bool is_there(const host::Host& host) const {
    return is_master() ? is_api_ready(host) && is_control_plane(host, node().name) && votes(host, node().name)
                       : knows_node(host, node().name);
  }

  /// What a join that was cut off has left. Where etcd has begun here, it may be the one that the others lack
  /// for their majority: its data goes when it is no member any more, and not before.
  static void reset_cut_join(const host::Host& host) {
    if (has_etcd_data(host)) {
      host.log.warn("an earlier kubeadm join was cut off; this host leaves etcd, and joins anew");
      leave_and_reset_node(host);
    } else {
      reset_leftovers(host, "kubeadm join");
    }
  }

  void join_cluster(const host::Host& host) const {
    const spec::Join& join = *request_.join;
    const Discovery found = discover(host, join);
    if (found.fault != Discovery::Fault::none) {
      throw Error(ErrorKind::step,
                  fmt::format("the cluster at {} cannot be joined: {}", join.endpoint, found.seen),
                  "bundle preflight with the same options says more");
    }
    const ApiClient api(host, join.endpoint, found.ca_pem, join.token);
    std::optional<JoinLock> lock;
    if (is_master()) {
      lock.emplace(host, api, node().name, kLockPatience);
    }
    wait_until_noticed(host, api);
    // kubeadm syncs nothing. A member that votes, and whose manifest, keys or kubeconfig a power cut takes,
    // would take the others' majority with it.
    const host::SyncOften syncing;
    const host::SecretFile document(host, kJoinConfig, join_config(node(), join, request_.certificate_key));
    host.run({"kubeadm", "config", "validate", "--config", std::string(kJoinConfig)});
    run_kubeadm(host, {"kubeadm", "join", "--config", std::string(kJoinConfig)});
    if (is_master()) {  // the next one may begin when this one votes
      wait_for_api(host);
      wait_for_vote(host);
    }
  }

  /// kubeadm takes no node that the cluster has as Ready, as it has this one for most of a minute after a
  /// cut.
  void wait_until_noticed(const host::Host& host, const ApiClient& api) const {
    const auto is_gone = [&] {
      const ApiAnswer answer = api.get("/api/v1/nodes/" + node().name);
      return answer.status != kOk ||
             !is_ready(json::parse(answer.body, "the node of this name", ErrorKind::step));
    };
    if (is_gone()) {
      return;
    }
    host.log.info(fmt::format("waiting until the cluster has noticed that {} was cut off", node().name));
    if (!host.wait_until(is_gone, kNoticePatience)) {
      throw Error(ErrorKind::step, fmt::format("the cluster has a node {} that is Ready", node().name),
                  "look for another host that has this name");
    }
  }

  /// A learner is promoted when it has all that the others have.
  void wait_for_vote(const host::Host& host) const {
    if (!host.wait_until([&] { return votes(host, node().name); }, kVoterPatience)) {
      throw Error(ErrorKind::step, fmt::format("etcd has no voting member {}", node().name),
                  fmt::format("kubectl -n kube-system logs etcd-{}", node().name));
    }
  }

  JoinRequest request_;
};

}  // namespace

std::unique_ptr<steps::Action> kubeadm_join(JoinRequest request) {
  return std::make_unique<KubeadmJoin>(std::move(request));
}

bool has_joined(const host::Host& host) { return host.exists(kKubeletConf); }

}  // namespace bundle::cluster
