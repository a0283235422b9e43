#include "survey/components.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/room.hpp"

namespace bundle::survey {
namespace {

/// What the cluster has, as the API and helm list it.
struct Running {
  json::Array workloads;
  json::Array releases;
};

std::string title(const json::Value& workload) {
  const json::Value& metadata = json::member_at(workload, "metadata");
  return fmt::format("{}/{} in {}", lower(word_at(workload, "kind")), word_at(metadata, "name"),
                     word_at(metadata, "namespace"));
}

/// Whether it is what a row of `health:` names.
bool is_named(const json::Value& workload, const json::Value& row) {
  const json::Value& metadata = json::member_at(workload, "metadata");
  return json::text_at(workload, "kind") == json::text_at(row, "kind") &&
         json::text_at(metadata, "name") == json::text_at(row, "name") &&
         json::text_at(metadata, "namespace") == json::text_at(row, "namespace");
}

/// Whether helm made it for this chart. Source: Helm's pkg/action/validate.go.
bool is_of_release(const json::Value& workload, const format::Chart& chart) {
  const json::Value& notes = json::member_at(json::member_at(workload, "metadata"), "annotations");
  return json::text_at(notes, "meta.helm.sh/release-name") == chart.release &&
         json::text_at(notes, "meta.helm.sh/release-namespace") == chart.namespace_;
}

/// The state of a release as helm has it; empty: there is none.
std::string release_state(const json::Array& releases, const format::Chart& chart) {
  for (const json::Value& row : releases) {
    if (json::text_at(row, "name") == chart.release && json::text_at(row, "namespace") == chart.namespace_) {
      return word_at(row, "status");
    }
  }
  return {};
}

std::vector<const format::Chart*> charts_of(const format::Index& index, const std::string& component) {
  std::vector<const format::Chart*> charts;
  for (const format::Chart& chart : index.charts) {
    if (chart.component == component) {
      charts.push_back(&chart);
    }
  }
  return charts;
}

/// What is wrong with the workloads of a component.
std::vector<std::string> workload_faults(const format::Component& component,
                                         const std::vector<const format::Chart*>& charts,
                                         const json::Array& workloads) {
  static const json::Array kNone;
  const json::Array& rows = component.health.if_array() == nullptr ? kNone : *component.health.if_array();
  std::vector<std::string> faults;
  for (const json::Value& workload : workloads) {
    const bool is_ours = std::any_of(rows.begin(), rows.end(),
                                     [&](const json::Value& row) { return is_named(workload, row); }) ||
                         std::any_of(charts.begin(), charts.end(), [&](const format::Chart* chart) {
                           return is_of_release(workload, *chart);
                         });
    const std::string fault = is_ours ? workload_fault(workload) : std::string();
    if (!fault.empty()) {
      faults.push_back(fmt::format("{}: {}", title(workload), fault));
    }
  }
  for (const json::Value& row : rows) {
    if (std::none_of(workloads.begin(), workloads.end(),
                     [&](const json::Value& workload) { return is_named(workload, row); })) {
      faults.push_back(fmt::format("{}/{} in {} is not there", lower(json::text_at(row, "kind")),
                                   json::text_at(row, "name"), json::text_at(row, "namespace")));
    }
  }
  return faults;
}

/// Faults of its releases; `lacks_one`: there is one that was never installed.
std::vector<std::string> release_faults(const std::vector<const format::Chart*>& charts,
                                        const json::Array& releases, bool& lacks_one) {
  std::vector<std::string> faults;
  for (const format::Chart* chart : charts) {
    const std::string state = release_state(releases, *chart);
    lacks_one |= state.empty();
    if (state != "deployed") {
      faults.push_back(fmt::format("the release {} in {} is {}", chart->release, chart->namespace_,
                                   state.empty() ? "not installed" : state));
    }
  }
  return faults;
}

Component component_of(const format::Component& component, const std::vector<const format::Chart*>& charts,
                       const Running& running, bool has_room) {
  Component seen{.id = component.name, .version = component.version};
  bool lacks_release = false;
  seen.faults = release_faults(charts, running.releases, lacks_release);
  const std::vector<std::string> more = workload_faults(component, charts, running.workloads);
  seen.faults.insert(seen.faults.end(), more.begin(), more.end());
  // No API says which node has a GPU for us: what is for those alone waits until it is there, and then
  // counts.
  const cluster::Room room{.for_pods = has_room, .for_gpu = !lacks_release};
  if (!seen.faults.empty() && !room.is_for(component)) {
    seen.faults.clear();
    seen.wants = cluster::wanted_node(component);
  }
  return seen;
}

}  // namespace

std::string workload_fault(const json::Value& workload) {
  const json::Value& status = json::member_at(workload, "status");
  const auto number = [&](std::string_view key) { return json::number_at(status, key); };
  if (json::number_at(json::member_at(workload, "metadata"), "generation") > number("observedGeneration")) {
    return "its last change was not taken up yet";
  }
  const std::string kind = json::text_at(workload, "kind");
  const bool is_everywhere = kind == "DaemonSet";
  const std::int64_t wanted = is_everywhere ? number("desiredNumberScheduled")
                                            : json::number_at(json::member_at(workload, "spec"), "replicas");
  const std::int64_t updated = number(is_everywhere ? "updatedNumberScheduled" : "updatedReplicas");
  const std::int64_t available = number(is_everywhere           ? "numberAvailable"
                                        : kind == "StatefulSet" ? "readyReplicas"
                                                                : "availableReplicas");
  if (available < wanted) {
    return fmt::format("{} of {} pods are available", available, wanted);
  }
  return kind != "StatefulSet" && updated < wanted
             ? fmt::format("{} of {} pods are of its last version", updated, wanted)
             : std::string();
}

Known<std::vector<Component>> components_of(const Api& api, const Expected& expected,
                                            const std::vector<Node>& nodes) {
  if (!expected.index.value) {
    return {.value = {}, .why_not = expected.index.why_not};
  }
  const Known<json::Value> workloads =
      api.get({"deployments,daemonsets,statefulsets", "--all-namespaces"}, "the workloads of the cluster");
  if (!workloads.value) {
    return {.value = {}, .why_not = workloads.why_not};
  }
  const Known<json::Value> releases = document_of(
      api.helm({"list", "--all", "--all-namespaces", "--max", "0", "-o", "json"}), "the output of helm list");
  if (!releases.value || releases.value->if_array() == nullptr) {
    return {.value = {}, .why_not = "helm does not list the releases: " + releases.why_not};
  }
  const Running running{.workloads = json::rows_at(*workloads.value, "items"),
                        .releases = *releases.value->if_array()};
  const bool has_room =
      std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.takes_pods; });
  std::vector<Component> seen;
  for (const format::Component& component : expected.index.value->components) {
    const std::vector<const format::Chart*> charts = charts_of(*expected.index.value, component.name);
    const json::Array* health = component.health.if_array();
    if (!charts.empty() || (health != nullptr && !health->empty())) {
      seen.push_back(component_of(component, charts, running, has_room));
    }
  }
  if (const auto charts = charts_of(*expected.index.value, ""); !charts.empty()) {
    seen.push_back(component_of({.name = "charts"}, charts, running, has_room));
  }
  return {.value = std::move(seen), .why_not = {}};
}

}  // namespace bundle::survey
