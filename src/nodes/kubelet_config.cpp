#include "nodes/kubelet_config.hpp"

#include <algorithm>
#include <array>

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "cluster/kubeadm_config.hpp"
#include "host/removal.hpp"

namespace bundle::nodes {
namespace {

constexpr std::string_view kType = "kubelet-config";
constexpr std::string_view kUnit = "kubelet.service";
constexpr std::string_view kBackups = "/etc/kubernetes/tmp";  // of kubeadm

/// A value whose scalars are all texts, as YAML without its schema has them.
json::Value plain(const yaml::Node& node) {
  if (node.is_mapping()) {
    json::Object object;
    for (const yaml::Member& member : node.members) {
      object[member.key] = plain(member.value);
    }
    return object;
  }
  if (node.is_sequence()) {
    json::Array array;
    std::transform(node.items.begin(), node.items.end(), std::back_inserter(array), plain);
    return array;
  }
  return node.text;
}

/// A KubeletConfiguration or a patch of one. JSON is YAML.
json::Value read_config(std::string_view text) {
  return plain(yaml::parse_one(text, std::string(kKubeletConfig), ErrorKind::step));
}

/// Of a configuration what site files decide.
class Answers {
 public:
  static Answers of_config(const json::Value& config) { return Answers(config); }
  /// What the cluster's configuration becomes with the patch.
  static Answers of_patch(const std::string& patch) {
    const json::Value read = read_config(patch);
    Answers made(read);
    json::Object eviction = cluster::eviction_defaults();
    if (const json::Value* own = read.find("evictionHard")) {
      for (const auto& [signal, amount] : *own->if_object()) {
        eviction[signal] = amount;
      }
    }
    made.members_["evictionHard"] = std::move(eviction);
    return made;
  }

  /// Of the host's resolver kubeadm has a word as well, where the patch says nothing.
  bool are_in(const Answers& config) const {
    json::Object other = config.members_;
    if (!members_.contains("resolvConf")) {
      other.erase("resolvConf");
    }
    return members_ == other;
  }

  json::Value at(const std::string& member) const {
    const auto found = members_.find(member);
    return found == members_.end() ? json::Value() : found->second;
  }

  /// What decides which processors, and which memory, the kubelet gives out.
  json::Value of_processors() const {
    return json::Array{at("cpuManagerPolicy"), at("reservedSystemCPUs"),
                       json::member_at(at("kubeReserved"), "cpu"),
                       json::member_at(at("systemReserved"), "cpu")};
  }
  json::Value of_memory() const { return json::Array{at("memoryManagerPolicy"), at("reservedMemory")}; }

 private:
  static constexpr std::array kMembers{
      "cpuManagerPolicy",    "evictionHard",          "kubeReserved",        "maxPods",
      "memoryManagerPolicy", "reservedMemory",        "reservedSystemCPUs",  "resolvConf",
      "systemReserved",      "topologyManagerPolicy", "topologyManagerScope"};

  explicit Answers(const json::Value& config) {
    for (const char* member : kMembers) {
      if (const json::Value* value = config.find(member)) {
        members_[member] = *value;
      }
    }
  }

  json::Object members_;
};

std::optional<Answers> answers_now(const host::Host& host) {
  const std::optional<std::string> text = actions::content_of(host, std::string(kKubeletConfig));
  return text ? std::optional(Answers::of_config(read_config(*text))) : std::nullopt;
}

/// What the kubelet would refuse to start with: it goes before the new configuration comes, so that a cut in
/// between leaves nothing that stands in the way.
void remove_states(const host::Host& host, const Answers& before, const Answers& after) {
  struct State {
    std::string file;
    bool is_other;
    bool has_given_out;
  };
  for (const State& state : {State{.file = "/var/lib/kubelet/cpu_manager_state",
                                   .is_other = before.of_processors() != after.of_processors(),
                                   .has_given_out = before.at("cpuManagerPolicy") == "static"},
                             State{.file = "/var/lib/kubelet/memory_manager_state",
                                   .is_other = before.of_memory() != after.of_memory(),
                                   .has_given_out = before.at("memoryManagerPolicy") == "Static"}}) {
    if (!state.is_other || !host.exists(state.file)) {
      continue;
    }
    if (state.has_given_out) {
      host.log.warn(
          fmt::format("{} goes: pods of this node that have processors or memory of their own get them anew, "
                      "and those that no longer fit end",
                      state.file));
    }
    host::remove_path(host, state.file);
  }
}

class KubeletConfig final : public steps::Action {
 public:
  KubeletConfig(std::string patch, std::string kubeconfig)
      : patch_(std::move(patch)), kubeconfig_(std::move(kubeconfig)) {}

  std::string describe() const override {
    return fmt::format("when {} has other answers: {}\n", kKubeletConfig,
                       to_string(Command{.argv = command()}));
  }
  json::Object inputs() const override { return {{"kubelet-config", sha256_hex(patch_)}}; }

  bool is_done(steps::Context& context) override {
    const std::optional<Answers> now = answers_now(context.host);
    return now && Answers::of_patch(patch_).are_in(*now);
  }

  steps::Change capture(steps::Context& context) override {
    return {
        .type = std::string(kType),
        .key = std::string(kKubeletConfig),
        .before = {{"config", actions::content_of(context.host, std::string(kKubeletConfig)).value_or("")},
                   {"ours", patch_}}};
  }

  void apply(steps::Context& context) override {
    if (is_done(context)) {
      return;
    }
    const std::optional<Answers> now = answers_now(context.host);
    if (!now) {
      throw Error(ErrorKind::step, fmt::format("{} is not there", kKubeletConfig), "journalctl -u kubelet");
    }
    context.host.run({"systemctl", "stop", std::string(kUnit)});
    remove_states(context.host, *now, Answers::of_patch(patch_));
    write(context.host);
  }

  void verify(steps::Context& context) override {
    if (!is_done(context)) {
      throw Error(
          ErrorKind::step, fmt::format("{} has other answers than the site file", kKubeletConfig),
          "kubectl -n kube-system get configmap kubelet-config -o yaml: what it has of these cannot be "
          "taken away on a node");
    }
  }

 private:
  std::vector<std::string> command() const {
    return {"kubeadm",   "upgrade",        "node",
            "phase",     "kubelet-config", "--kubeconfig",
            kubeconfig_, "--patches",      std::string(cluster::kPatchesFolder)};
  }

  /// kubeadm keeps a copy of the old file and says so; undo has its own.
  void write(const host::Host& host) const {
    const std::string folder(kBackups);
    const bool was_there = host.exists(folder);
    const std::vector<std::string> before = host.list(folder);
    try {
      host.run(command());
    } catch (const Error&) {
      host.ask({"systemctl", "start", std::string(kUnit)});
      throw;
    }
    for (const std::string& name : host.list(folder)) {
      if (name.starts_with("kubeadm-kubelet-config") &&
          std::find(before.begin(), before.end(), name) == before.end()) {
        host::remove_path(host, folder + "/" + name);
      }
    }
    if (!was_there) {
      host::remove_if_empty(host, {folder});
    }
  }

  std::string patch_;
  std::string kubeconfig_;
};

}  // namespace

std::unique_ptr<steps::Action> kubelet_config(std::string patch, std::string kubeconfig) {
  return std::make_unique<KubeletConfig>(std::move(patch), std::move(kubeconfig));
}

void undo_kubelet_config(host::Host& host, const steps::Change& change) {
  const std::string before = json::text_at(change.before, "config");
  const std::optional<Answers> now = answers_now(host);
  if (!now || before.empty()) {
    return;  // the node is gone with its kubelet's folder
  }
  const Answers old = Answers::of_config(read_config(before));
  const bool is_back = *actions::content_of(host, change.key) == before;
  if (!is_back && !Answers::of_patch(json::text_at(change.before, "ours")).are_in(*now)) {
    host.log.warn(fmt::format("{} has been changed since: it is left as it is", change.key));
    return;
  }
  if (!is_back) {
    host.run({"systemctl", "stop", std::string(kUnit)});
    remove_states(host, *now, old);
    actions::put_file(host, {.path = change.key, .content = before});
  }
  // Whether it runs with that decides nothing here: a reset may be what comes next.
  host.ask({"systemctl", is_back ? "start" : "restart", std::string(kUnit)});
}

}  // namespace bundle::nodes
