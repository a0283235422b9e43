#include "helm/operators.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "helm/rbac.hpp"
#include "images/node_texts.hpp"

namespace bundle::helm {
namespace {

/// A controller's workload, with what its pods run and may do.
struct Workload {
  const images::Object* object = nullptr;
  const yaml::Node* labels = nullptr;  ///< of its pods
  images::Strings images;
  Rights rights;
};

bool is_controller_kind(const images::Object& object) {
  return object.group() == "apps" &&
         (object.kind == "Deployment" || object.kind == "StatefulSet" || object.kind == "DaemonSet");
}

images::Strings images_of(const yaml::Node& pod) {
  images::Strings images;
  for (const std::string_view list : {"containers", "initContainers"}) {
    if (const yaml::Node* containers = pod.find(list)) {
      for (const yaml::Node& container : containers->items) {
        images.push_back(images::text_at(container, {"image"}));
      }
    }
  }
  return images;
}

std::string account_of(const yaml::Node& pod) {
  for (const std::string_view key : {"serviceAccountName", "serviceAccount"}) {
    if (const std::string name = images::text_at(pod, {key}); !name.empty()) {
      return name;
    }
  }
  return "default";
}

std::vector<Workload> workloads_of(const std::vector<images::Object>& objects, const Rbac& rbac) {
  std::vector<Workload> all;
  for (const images::Object& object : objects) {
    const yaml::Node* pod =
        is_controller_kind(object) ? images::at(object.node, {"spec", "template", "spec"}) : nullptr;
    if (pod != nullptr && !object.is_test) {
      const bool is_called_operator = object.name.find("operator") != std::string::npos;
      all.push_back({.object = &object,
                     .labels = images::at(object.node, {"spec", "template", "metadata", "labels"}),
                     .images = images_of(*pod),
                     .rights = rbac.rights_of(account_of(*pod), is_called_operator)});
    }
  }
  return all;
}

/// Why a workload with these rights is an operator; empty when it is none.
std::string reason_for(const Rights& rights) {
  if (rights.handles_custom && (rights.creates_workloads || rights.may_create_workloads)) {
    return "it handles custom resources and may create pods";
  }
  return rights.creates_workloads ? "it may create pods" : "";
}

/// A rule over everything is one of a policy engine; who adds containers says `pods`.
bool changes_pods(const yaml::Node& webhook) {
  const yaml::Node* rules = webhook.find("rules");
  return rules != nullptr &&
         std::any_of(rules->items.begin(), rules->items.end(), [](const yaml::Node& rule) {
           return images::has_any(images::texts_at(rule, "resources"), {"pods"}) &&
                  images::has_any(images::texts_at(rule, "apiGroups"), {"", "*"});
         });
}

/// The workload behind the Service that a webhook calls; null when that is not here.
const Workload* server_of(const yaml::Node& webhook, const std::vector<images::Object>& objects,
                          const std::vector<Workload>& workloads) {
  const std::string name = images::text_at(webhook, {"clientConfig", "service", "name"});
  for (const images::Object& object : objects) {
    const yaml::Node* selector =
        object.kind == "Service" ? images::at(object.node, {"spec", "selector"}) : nullptr;
    if (selector == nullptr || object.name != name || selector->members.empty()) {
      continue;
    }
    const auto it = std::find_if(workloads.begin(), workloads.end(), [selector](const Workload& workload) {
      return workload.labels != nullptr && images::has_labels(*workload.labels, *selector);
    });
    return it == workloads.end() ? nullptr : &*it;
  }
  return nullptr;
}

/// Webhooks that change pods as they are created, for each the workload that answers it, or all images where
/// that is not to be found.
void add_injectors(const std::vector<images::Object>& objects, const std::vector<Workload>& workloads,
                   std::vector<Operator>& found) {
  images::Strings all_images;
  for (const Workload& workload : workloads) {
    all_images.insert(all_images.end(), workload.images.begin(), workload.images.end());
  }
  for (const images::Object& object : objects) {
    const yaml::Node* webhooks =
        object.kind == "MutatingWebhookConfiguration" ? object.node.find("webhooks") : nullptr;
    for (const yaml::Node& webhook : webhooks == nullptr ? std::vector<yaml::Node>() : webhooks->items) {
      const Workload* server = changes_pods(webhook) ? server_of(webhook, objects, workloads) : nullptr;
      const bool is_known = std::any_of(found.begin(), found.end(), [&](const Operator& one) {
        return server != nullptr ? one.object == server->object : one.object == &object;
      });
      if (changes_pods(webhook) && !is_known) {
        found.push_back({.object = server != nullptr ? server->object : &object,
                         .images = server != nullptr ? server->images : all_images,
                         .because = "it changes pods as they are created",
                         .is_guess = server == nullptr});
      }
    }
  }
}

}  // namespace

std::vector<Operator> find_operators(const std::vector<images::Object>& objects) {
  const Rbac rbac(objects);
  const std::vector<Workload> workloads = workloads_of(objects, rbac);
  std::vector<Operator> found;
  bool has_custom = rbac.has_crds();
  for (const Workload& workload : workloads) {
    has_custom = has_custom || workload.rights.handles_custom;
    const std::string because = reason_for(workload.rights);
    if (!because.empty()) {
      found.push_back({.object = workload.object, .images = workload.images, .because = because});
    }
  }
  if (has_custom) {
    add_injectors(objects, workloads, found);
  }
  return found;
}

void HandledGroups::merge(const HandledGroups& other) {
  handled.insert(other.handled.begin(), other.handled.end());
  owned.insert(other.owned.begin(), other.owned.end());
  is_open = is_open || other.is_open;
}

HandledGroups find_handled_groups(const std::vector<images::Object>& objects) {
  const Rbac rbac(objects);
  HandledGroups groups;
  for (const Workload& workload : workloads_of(objects, rbac)) {
    groups.merge({.handled = workload.rights.handled_groups,
                  .owned = workload.rights.owned_groups,
                  .is_open = workload.rights.is_open});
  }
  return groups;
}

}  // namespace bundle::helm
