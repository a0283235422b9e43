#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/fakes/kubectl.hpp"
#include "support/fakes/merge_patch.hpp"

// The part of kubectl that reads nodes, namespaces and pods, and marks nodes.

namespace bundle::test {
namespace {

json::Object to_json(const FakeKubectl::Labels& labels) { return {labels.begin(), labels.end()}; }

json::Object node_json(const std::string& name, const FakeKubectl::Node& node) {
  json::Array taints;
  for (const std::string& taint : node.taints) {
    const std::size_t colon = taint.rfind(':');
    const std::string pair = taint.substr(0, colon);
    const std::size_t equals = pair.find('=');
    json::Object row{{"effect", taint.substr(colon + 1)}, {"key", pair.substr(0, equals)}};
    if (equals != std::string::npos) {
      row["value"] = pair.substr(equals + 1);
    }
    taints.push_back(std::move(row));
  }
  json::Object ready{{"type", "Ready"}, {"status", node.is_ready ? "True" : "False"}};
  ready["reason"] = node.is_ready ? "KubeletReady" : "KubeletNotReady";
  ready["message"] = node.is_ready ? "kubelet is posting ready status" : "container runtime is down";
  json::Array images;
  for (const std::string& image : node.images) {
    images.push_back(json::Object{{"names", json::Array{image}}, {"sizeBytes", 7}});
  }
  const json::Object address{{"type", "InternalIP"}, {"address", node.address}};
  return {{"kind", "Node"},
          {"metadata", json::Object{{"name", name},
                                    {"labels", to_json(node.labels)},
                                    {"annotations", to_json(node.annotations)},
                                    {"resourceVersion", std::to_string(node.version)}}},
          {"spec", json::Object{{"taints", std::move(taints)}, {"unschedulable", node.is_cordoned}}},
          {"status", json::Object{{"addresses", json::Array{address}},
                                  {"conditions", json::Array{ready}},
                                  {"images", std::move(images)},
                                  {"nodeInfo", json::Object{{"kubeletVersion", node.kubelet}}}}}};
}

FakeKubectl::Labels to_labels(const json::Value& object) {
  FakeKubectl::Labels labels;
  if (const json::Object* members = object.if_object()) {
    for (const auto& [key, value] : *members) {
      labels[key] = *value.if_string();
    }
  }
  return labels;
}

std::set<std::string> to_taints(const json::Array& rows) {
  std::set<std::string> taints;
  for (const json::Value& row : rows) {
    const std::string value = json::text_at(row, "value");
    taints.insert(json::text_at(row, "key") + (value.empty() ? "" : "=" + value) + ":" +
                  json::text_at(row, "effect"));
  }
  return taints;
}

/// Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
bool is_forbidden_for_kubelets(const FakeKubectl::Node& before, const FakeKubectl::Node& after) {
  FakeKubectl::Labels changed = after.labels;
  for (const auto& [key, value] : before.labels) {
    const auto same = changed.find(key);
    if (same != changed.end() && same->second == value) {
      changed.erase(same);
    } else {
      changed[key] = value;
    }
  }
  return before.taints != after.taints || std::any_of(changed.begin(), changed.end(), [](const auto& label) {
           return label.first.find("kubernetes.io/") != std::string::npos &&
                  !label.first.starts_with("node.kubernetes.io/");
         });
}

/// An object in the form that -o asks for; nothing for a form that is not modelled.
std::optional<std::string> in_form(const json::Object& object, const std::string& form,
                                   const std::string& kind) {
  const json::Value& metadata = object.at("metadata");
  if (form == "json") {
    return json::pretty(object);
  }
  if (form == "jsonpath={.metadata.labels}") {
    return json::canonical(*metadata.find("labels"));
  }
  return form == "name" ? std::optional(kind + "/" + json::text_at(metadata, "name") + "\n") : std::nullopt;
}

}  // namespace

CommandResult FakeKubectl::get(const Command& command, const Arguments& arguments) {
  if (arguments.words.size() == 1) {
    const std::string raw = arguments.value("--raw");
    return raw == "/readyz" || raw == "/livez" || raw == "/healthz" ? said("ok") : refuse(command);
  }
  const std::string kind = arguments.words[1] == "nodes"        ? "node"
                           : arguments.words[1] == "namespaces" ? "namespace"
                                                                : arguments.words[1];
  const bool lists_all = arguments.has("--all-namespaces") && arguments.value("-o") == "json";
  if (lists_all && kind == "pods" && arguments.value("--field-selector") == "status.phase=Pending") {
    return said(pending_pods_json());
  }
  if (const std::string selector = arguments.value("--field-selector");
      lists_all && kind == "pods" && selector.starts_with("spec.nodeName=")) {
    return said(pods_on_json(selector.substr(selector.find('=') + 1)));
  }
  if (lists_all && kind == "deployments,daemonsets,statefulsets") {
    return said(workloads_json());
  }
  if (kind == "pods" || kind == "events") {
    const bool is_ours =
        arguments.words.size() == 2 && arguments.has("--all-namespaces") && arguments.has("--no-headers");
    return !is_ours ? refuse(command) : said(kind == "pods" ? pod_lines() : events);
  }
  if (arguments.words.size() == 2) {
    return kind == "node" && arguments.value("-o") == "json" ? said(nodes_json()) : refuse(command);
  }
  const std::string& name = arguments.words[2];
  std::optional<std::string> text;
  if (kind == "node" && nodes.contains(name)) {
    text = in_form(node_json(name, nodes[name]), arguments.value("-o"), kind);
  } else if (kind == "namespace" && namespaces.contains(name)) {
    const json::Object metadata{{"name", name}, {"labels", to_json(namespaces[name])}};
    text = in_form({{"kind", "Namespace"}, {"metadata", metadata}}, arguments.value("-o"), kind);
  } else if (kind == "node" || kind == "namespace") {
    return arguments.has("--ignore-not-found") ? CommandResult{} : not_found(kind + "s", name);
  }
  return text ? said(*text) : refuse(command);
}

std::string FakeKubectl::nodes_json() const {
  json::Array items;
  for (const auto& [name, node] : nodes) {
    items.push_back(node_json(name, node));
  }
  return json::pretty(json::Object{{"kind", "List"}, {"items", std::move(items)}});
}

/// Source:
/// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentStatus
std::string FakeKubectl::workloads_json() const {
  json::Array items;
  for (const auto& [key, is_well] : workloads) {
    const std::vector<std::string_view> parts = split(key, '/');
    const int ready = is_well ? 1 : 0;
    items.push_back(json::Object{
        {"kind", parts[1] == "daemonset"    ? "DaemonSet"
                 : parts[1] == "deployment" ? "Deployment"
                                            : "StatefulSet"},
        {"metadata", json::Object{{"generation", 1}, {"name", parts[2]}, {"namespace", parts[0]}}},
        {"spec", json::Object{{"replicas", 1}}},
        {"status", json::Object{{"availableReplicas", ready},
                                {"desiredNumberScheduled", 1},
                                {"numberAvailable", ready},
                                {"observedGeneration", 1},
                                {"readyReplicas", ready},
                                {"updatedNumberScheduled", 1},
                                {"updatedReplicas", 1}}}});
  }
  return json::pretty(json::Object{{"kind", "List"}, {"items", std::move(items)}});
}

/// Those with an image that they wait for. Source: kubernetes-api/workload-resources/pod-v1/#PodStatus
std::string FakeKubectl::pending_pods_json() const {
  json::Array items;
  for (const Pod& pod : pods) {
    if (pod.status == "Running" || pod.status == "Completed") {
      continue;
    }
    const json::Object state{{"waiting", json::Object{{"reason", pod.status}, {"message", "not there"}}}};
    const json::Object container{{"image", pod.image}, {"name", "main"}, {"state", state}};
    items.push_back(json::Object{
        {"metadata", json::Object{{"name", pod.name}, {"namespace", pod.space}}},
        {"spec", json::Object{{"nodeName", pod.node}}},
        {"status", json::Object{{"containerStatuses", json::Array{container}}, {"phase", "Pending"}}}});
  }
  return json::pretty(json::Object{{"kind", "List"}, {"items", std::move(items)}});
}

/// Source: kubernetes-api/workload-resources/pod-v1/; a static pod's mirror has the annotation.
std::string FakeKubectl::pods_on_json(const std::string& node) const {
  json::Array items;
  for (const Pod& pod : pods) {
    if (pod.node != node) {
      continue;
    }
    json::Object metadata{{"name", pod.name}, {"namespace", pod.space}};
    if (pod.owner.empty()) {
      metadata["annotations"] = json::Object{{"kubernetes.io/config.mirror", "1f"}};
    } else {
      metadata["ownerReferences"] = json::Array{json::Object{{"kind", pod.owner}, {"controller", true}}};
    }
    items.push_back(json::Object{
        {"metadata", std::move(metadata)},
        {"status", json::Object{{"phase", pod.status == "Completed" ? "Succeeded" : pod.status}}}});
  }
  return json::pretty(json::Object{{"kind", "List"}, {"items", std::move(items)}});
}

/// Source: Kubernetes' pkg/registry/core/pod/storage/eviction.go, checkAndDecrement.
CommandResult FakeKubectl::evict(const Command& command, const std::string& path) {
  const std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() != 8 || parts[7] != "eviction" ||
      command.input.find("\"kind\":\"Eviction\"") == std::string::npos) {
    return refuse(command);
  }
  const auto pod = std::find_if(pods.begin(), pods.end(), [&](const Pod& one) {
    return one.space == parts[4] && one.name == parts[6];
  });
  if (pod == pods.end()) {
    return not_found("pods", std::string(parts[6]));
  }
  if (!pod->budget.empty()) {
    return failed(
        1, fmt::format("I1127 round_trippers.go:632] \"Response Body\" body=\"{{The disruption budget {} "
                       "needs 1 healthy pods and has 1 currently}}\"\nError from server "
                       "(TooManyRequests): Cannot evict pod as it would violate the pod's disruption "
                       "budget.\n",
                       pod->budget));
  }
  pods.erase(pod);
  return said("{\"kind\":\"Status\",\"status\":\"Success\"}\n");
}

CommandResult FakeKubectl::patch_node(const Command& command, const Arguments& arguments) {
  before_patch();
  if (arguments.words.size() != 3 || arguments.words[1] != "node") {
    return refuse(command);
  }
  const std::string& name = arguments.words[2];
  const auto node = nodes.find(name);
  if (node == nodes.end()) {
    return not_found("nodes", name);
  }
  const json::Value patch = json::parse(arguments.value("--patch"), "--patch");
  const std::string version = json::text_at(json::member_at(patch, "metadata"), "resourceVersion");
  if (!version.empty() && version != std::to_string(node->second.version)) {
    return failed(1, "Error from server (Conflict): the object has been modified\n");
  }
  const json::Value made = merged(node_json(name, node->second), patch);
  const json::Value& metadata = json::member_at(made, "metadata");
  Node after = node->second;
  after.labels = to_labels(json::member_at(metadata, "labels"));
  after.taints = to_taints(json::rows_at(json::member_at(made, "spec"), "taints"));
  after.annotations = to_labels(json::member_at(metadata, "annotations"));
  after.is_cordoned = json::flag_at(json::member_at(made, "spec"), "unschedulable");
  ++after.version;
  if (arguments.value("--kubeconfig").ends_with("/kubelet.conf") &&
      is_forbidden_for_kubelets(node->second, after)) {
    return failed(1, "Error from server (Forbidden): is not allowed to modify labels or taints\n");
  }
  node->second = after;
  return said("node/" + name + " patched\n");
}

CommandResult FakeKubectl::wait_for_node(const Command& command, const Arguments& arguments) {
  const std::string object = arguments.words.size() == 2 ? arguments.words[1] : "";
  if (!object.starts_with("node/") || arguments.value("--for") != "condition=Ready") {
    return refuse(command);
  }
  const auto node = nodes.find(object.substr(5));
  if (node == nodes.end()) {
    return not_found("nodes", object.substr(5));
  }
  return node->second.is_ready
             ? said(object + " condition met\n")
             : failed(1, "error: timed out waiting for the condition on nodes/" + node->first + "\n");
}

}  // namespace bundle::test
