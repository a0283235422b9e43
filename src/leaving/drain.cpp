#include "leaving/drain.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "survey/api.hpp"

namespace bundle::leaving {
namespace {

constexpr auto kPatience = std::chrono::minutes(2);
/// Between two requests to the same pod; kubectl drain waits as long.
constexpr auto kRound = std::chrono::seconds(5);

struct Pod {
  std::string space;
  std::string name;
  bool is_ending = false;  ///< it has its time to come to an end
  std::string held_by;     ///< what the API server said to its eviction; empty: it goes

  std::string words() const {
    return fmt::format("{}/{}{}", space, name, held_by.empty() ? "" : fmt::format(" ({})", held_by));
  }
};

/// Source: kubectl's pkg/drain/filters.go.
bool can_go(const json::Value& pod) {
  const json::Value& metadata = json::member_at(pod, "metadata");
  const std::string phase = json::text_at(json::member_at(pod, "status"), "phase");
  const json::Array& owners = json::rows_at(metadata, "ownerReferences");
  const bool is_of_node =
      !json::text_at(json::member_at(metadata, "annotations"), "kubernetes.io/config.mirror").empty() ||
      std::any_of(owners.begin(), owners.end(),
                  [](const json::Value& owner) { return json::text_at(owner, "kind") == "DaemonSet"; });
  return !is_of_node && phase != "Succeeded" && phase != "Failed";
}

class Drain {
 public:
  Drain(const host::Host& host, std::string_view kubeconfig, std::string node)
      : host_(host), kubeconfig_(kubeconfig), node_(std::move(node)) {}

  void run() {
    const auto began = host_.steady();
    if (!cordon() || !look()) {
      host_.log.warn(fmt::format("the pods of {} were not asked to go elsewhere: {}", node_, fault_));
      return;
    }
    while (!pods_.empty() && host_.since(began) < kPatience) {
      for (Pod& pod : pods_) {
        pod.held_by = pod.is_ending ? "" : evict(pod);
      }
      const std::vector<Pod> asked = pods_;
      host_.wait_until([&] { return look() && pods_.empty(); }, kRound);
      remember(asked);
    }
    if (!pods_.empty()) {
      warn_of_rest();
    }
  }

 private:
  survey::Known<json::Value> get(std::vector<std::string> words, const std::string& what) {
    words.insert(words.begin(), "get");
    words.insert(words.end(), {"--request-timeout=10s", "-o", "json"});
    return survey::document_of(host_.ask_in_time(cluster::kubectl_with(kubeconfig_, std::move(words))), what);
  }

  bool cordon() {
    const CommandResult said = host_.ask_in_time(cluster::kubectl_with(
        kubeconfig_,
        {"patch", "--type=merge", R"(--patch={"spec":{"unschedulable":true}})", "--", "node", node_}));
    fault_ = survey::last_words(said);
    return said.status == 0;
  }

  /// The pods that are still to go; false: they cannot be seen.
  bool look() {
    const survey::Known<json::Value> list = get(
        {"pods", "--all-namespaces", "--field-selector", "spec.nodeName=" + node_}, "the pods of " + node_);
    if (!list.value) {
      fault_ = list.why_not;
      return false;
    }
    pods_.clear();
    for (const json::Value& row : json::rows_at(*list.value, "items")) {
      const json::Value& metadata = json::member_at(row, "metadata");
      if (can_go(row)) {
        pods_.push_back({.space = survey::word_at(metadata, "namespace"),
                         .name = survey::word_at(metadata, "name"),
                         .is_ending = !json::text_at(metadata, "deletionTimestamp").empty(),
                         .held_by = {}});
      }
    }
    return true;
  }

  /// Which budget it is stands in the answer's body alone, which kubectl shows from -v=8 on.
  std::string evict(const Pod& pod) const {
    const std::string path = fmt::format("/api/v1/namespaces/{}/pods/{}/eviction", pod.space, pod.name);
    const json::Object eviction{{"apiVersion", "policy/v1"},
                                {"kind", "Eviction"},
                                {"metadata", json::Object{{"name", pod.name}, {"namespace", pod.space}}}};
    const CommandResult said = host_.runner.run(
        {.argv = cluster::kubectl_with(
             kubeconfig_, {"create", "--v=8", "--request-timeout=10s", "--raw", path, "-f", "-"}),
         .input = json::canonical(eviction)});
    if (said.status == 0) {
      return {};
    }
    constexpr std::string_view kBudget = "The disruption budget ";
    const std::size_t found = said.err.find(kBudget);
    if (found == std::string::npos) {
      return survey::last_words(said);
    }
    const std::string_view rest = std::string_view(said.err).substr(found + kBudget.size());
    return "the PodDisruptionBudget " + escaped(rest.substr(0, rest.find(' ')));
  }

  /// What held a pod when it was last asked.
  void remember(const std::vector<Pod>& asked) {
    for (Pod& pod : pods_) {
      for (const Pod& before : asked) {
        if (before.space == pod.space && before.name == pod.name) {
          pod.held_by = before.held_by;
        }
      }
    }
  }

  void warn_of_rest() const {
    std::vector<std::string> words;
    for (const Pod& pod : pods_) {
      words.push_back(pod.words());
    }
    host_.log.warn(fmt::format("{} did not leave {} within {} minutes and {} with it: {}",
                               count_words(words.size(), "pod"), node_, kPatience.count(),
                               words.size() == 1 ? "ends" : "end", join(words, ", ")));
  }

  const host::Host& host_;
  std::string kubeconfig_;
  std::string node_;
  std::string fault_;
  std::vector<Pod> pods_;
};

}  // namespace

void drain(const host::Host& host, std::string_view kubeconfig, const std::string& node) {
  if (host.ask({"systemctl", "is-active", "--quiet", "kubelet.service"}).status == 0) {
    Drain(host, kubeconfig, node).run();
  }
}

}  // namespace bundle::leaving
