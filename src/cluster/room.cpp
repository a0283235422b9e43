#include "cluster/room.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kForPods = "a node that takes pods (a worker, or a master with schedulable: true)";
constexpr std::string_view kForGpu = "a GPU node";

bool is_gpu_node(const site::Site& site, const std::string& name) {
  return std::any_of(site.nodes.begin(), site.nodes.end(), [&](const site::SiteNode& node) {
    return node.name == name && node.roles.contains("gpu");
  });
}

bool is_for_gpu(const format::Component& component) { return component.roles == spec::Roles{"gpu"}; }

/// Of what this host is about to become.
Room own_room(const ThisNode& node) {
  const std::vector<std::string> taints = taints_of(node);
  return {
      .for_pods = std::all_of(taints.begin(), taints.end(),
                              [](const std::string& taint) { return taint.ends_with(":PreferNoSchedule"); }),
      .for_gpu = node.roles.contains("gpu")};
}

/// A node that has just become Ready keeps this one for seconds; one that is not Ready is looked at for that.
constexpr std::string_view kPassingTaint = "node.kubernetes.io/not-ready";

}  // namespace

bool is_ready(const json::Value& node) {
  const json::Array& conditions = json::rows_at(json::member_at(node, "status"), "conditions");
  return std::any_of(conditions.begin(), conditions.end(), [](const json::Value& condition) {
    return json::text_at(condition, "type") == "Ready" && json::text_at(condition, "status") == "True";
  });
}

bool repels_pods(const json::Value& node) {
  const json::Array& taints = json::rows_at(json::member_at(node, "spec"), "taints");
  return json::flag_at(json::member_at(node, "spec"), "unschedulable") ||
         std::any_of(taints.begin(), taints.end(), [](const json::Value& taint) {
           return json::text_at(taint, "effect") != "PreferNoSchedule" &&
                  json::text_at(taint, "key") != kPassingTaint;
         });
}

std::string wanted_node(const format::Component& component) {
  return std::string(is_for_gpu(component) ? kForGpu : kForPods);
}

bool Room::is_for(const format::Component& component) const {
  if (component.network) {
    return true;  // its pods bear every taint: no node is Ready without them
  }
  return is_for_gpu(component) ? for_gpu : for_pods;
}

Room room_now(const host::Host& host, const site::Site& site, const ThisNode& node) {
  Room room = own_room(node);
  if (!host.exists(kAdminConf)) {
    return room;
  }
  const CommandResult shown = host.ask(kubectl({"get", "nodes", "-o", "json", "--request-timeout=10s"}));
  if (shown.status != 0) {
    return room;
  }
  const json::Value list = json::parse(shown.out, "the nodes of the cluster", ErrorKind::step);
  for (const json::Value& one : json::rows_at(list, "items")) {
    const std::string name = json::text_at(json::member_at(one, "metadata"), "name");
    if (is_ready(one)) {
      room.for_pods |= !repels_pods(one);
      room.for_gpu |= is_gpu_node(site, name);
    }
  }
  return room;
}

std::vector<Pending> pending_charts(const format::Index& index, const Room& room) {
  std::vector<Pending> pending;
  const auto has_chart = [&](const std::string& component) {
    return std::any_of(index.charts.begin(), index.charts.end(),
                       [&](const format::Chart& chart) { return chart.component == component; });
  };
  for (const format::Component& component : index.components) {
    if (has_chart(component.name) && !room.is_for(component)) {
      pending.push_back({.id = component.name, .wants = wanted_node(component)});
    }
  }
  if (has_chart("") && !room.for_pods) {
    pending.push_back({.id = "charts", .wants = std::string(kForPods)});
  }
  return pending;
}

}  // namespace bundle::cluster
