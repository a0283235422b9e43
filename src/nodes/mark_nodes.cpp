#include "nodes/mark_nodes.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::nodes {
namespace {

/// Somebody may change a node at the same time, the kubelet its status above all.
constexpr auto kPatience = std::chrono::seconds(60);

/// The node as the API server has it; null when there is none, nothing when it cannot be asked.
std::optional<json::Value> find_node(const host::Host& host, const std::string& kubeconfig,
                                     const std::string& name) {
  const CommandResult shown = host.ask(
      cluster::kubectl_with(kubeconfig, {"get", "--ignore-not-found", "-o", "json", "--", "node", name}));
  if (shown.status != 0) {
    return std::nullopt;
  }
  return trim(shown.out).empty() ? json::Value()
                                 : json::parse(shown.out, "the node " + name, ErrorKind::step);
}

class MarkNodes final : public steps::Action {
 public:
  MarkNodes(std::vector<Marks> marks, std::string kubeconfig, Rights rights)
      : marks_(std::move(marks)), kubeconfig_(std::move(kubeconfig)), rights_(rights) {}

  std::string describe() const override {
    std::string text;
    for (const Marks& marks : marks_) {
      std::vector<std::string> labels;
      for (const auto& [key, value] : marks.labels) {
        labels.push_back(key + "=" + value);
      }
      text += fmt::format("{}\n  | labels: {}\n  | taints: {}\n",
                          to_string(Command{.argv = patch_command(marks.node, "…")}), shown(labels),
                          shown(marks.taints));
    }
    return text;
  }

  json::Object inputs() const override {
    json::Array rows;
    for (const Marks& marks : marks_) {
      rows.push_back(json::Object{{"node", marks.node},
                                  {"labels", json::Object(marks.labels.begin(), marks.labels.end())},
                                  {"taints", json::Array(marks.taints.begin(), marks.taints.end())}});
    }
    return {{"marks", std::move(rows)}};
  }

  bool is_done(steps::Context& context) override {
    return std::all_of(marks_.begin(), marks_.end(), [&](const Marks& marks) {
      const std::optional<json::Object> patch = patch_of(context.host, marks);
      return patch && patch->empty();
    });
  }

  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = "labels and taints", .before = {}};
  }

  void apply(steps::Context& context) override {
    for (const Marks& marks : marks_) {
      mark(context.host, marks);
    }
  }

 private:
  static std::string shown(const std::vector<std::string>& list) {
    return list.empty() ? "none" : join(list, ", ");
  }

  std::vector<std::string> patch_command(const std::string& node, const std::string& patch) const {
    return cluster::kubectl_with(kubeconfig_,
                                 {"patch", "--type=merge", "--patch", patch, "--", "node", node});
  }

  /// Empty: there is nothing to do; nothing when the node cannot be asked.
  std::optional<json::Object> patch_of(const host::Host& host, const Marks& marks) const {
    const std::optional<json::Value> node = find_node(host, kubeconfig_, marks.node);
    if (!node) {
      return std::nullopt;
    }
    return node->is_null() ? json::Object() : difference(*node, marks, rights_).patch;
  }

  void mark(const host::Host& host, const Marks& marks) const {
    CommandResult last;
    const bool is_marked = host.wait_until(
        [&] {
          const std::optional<json::Object> patch = patch_of(host, marks);
          if (patch && !patch->empty()) {
            last = host.ask(patch_command(marks.node, json::canonical(*patch)));
          }
          return patch && (patch->empty() || last.status == 0);
        },
        kPatience);
    if (!is_marked) {
      throw Error(ErrorKind::step,
                  fmt::format("the labels and taints of {} cannot be set: {}", marks.node, trim(last.err)),
                  "kubectl describe node " + marks.node);
    }
  }

  std::vector<Marks> marks_;
  std::string kubeconfig_;
  Rights rights_;
};

}  // namespace

std::unique_ptr<steps::Action> mark_nodes(std::vector<Marks> marks, std::string kubeconfig, Rights rights) {
  return std::make_unique<MarkNodes>(std::move(marks), std::move(kubeconfig), rights);
}

std::vector<std::string> denied_marks(const host::Host& host, const Marks& marks) {
  const std::optional<json::Value> node = find_node(host, std::string(cluster::kKubeletConf), marks.node);
  return node && !node->is_null() ? difference(*node, marks, Rights::kubelet).denied
                                  : std::vector<std::string>();
}

}  // namespace bundle::nodes
