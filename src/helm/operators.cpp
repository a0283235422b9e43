#include "helm/operators.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace bundle::helm {
namespace {

using Strings = std::vector<std::string>;

const yaml::Node* at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = &node;
  for (const std::string_view key : path) {
    found = found == nullptr ? nullptr : found->find(key);
  }
  return found;
}

std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = at(node, path);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

Strings texts_at(const yaml::Node& node, std::string_view key) {
  Strings all;
  if (const yaml::Node* list = node.find(key)) {
    for (const yaml::Node& item : list->items) {
      all.push_back(item.text);
    }
  }
  return all;
}

bool has_any(const Strings& texts, std::initializer_list<std::string_view> wanted) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return std::find(wanted.begin(), wanted.end(), text) != wanted.end();
  });
}

/// It can give itself any right.
bool escalates(const yaml::Node& rule) {
  return has_any(texts_at(rule, "verbs"), {"escalate", "bind", "impersonate"});
}

bool creates_workloads(const yaml::Node& rule) {
  const Strings verbs = texts_at(rule, "verbs");
  const Strings resources = texts_at(rule, "resources");
  return has_any(verbs, {"create", "*"}) &&
         has_any(texts_at(rule, "apiGroups"), {"", "apps", "batch", "extensions", "*"}) &&
         has_any(resources, {"pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs",
                             "cronjobs", "replicationcontrollers", "*"});
}

bool handles_custom_resources(const yaml::Node& rule, const std::set<std::string>& crd_groups) {
  const Strings groups = texts_at(rule, "apiGroups");
  const bool writes = has_any(texts_at(rule, "verbs"), {"update", "patch", "create", "*"});
  return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
    return group == "*" || crd_groups.contains(group) || (writes && !is_builtin_group(group));
  });
}

/// Is `role` one that Kubernetes brings along and that lets nobody create workloads?
bool is_harmless_builtin_role(std::string_view role) {
  return role == "view" || role.starts_with("system:") || role == "extension-apiserver-authentication-reader";
}

/// Roles of Kubernetes itself that may create pods.
bool is_creating_builtin_role(std::string_view role) {
  return role == "edit" || role == "admin" || role == "cluster-admin";
}

/// Is the service account meant, by its name, by a group of all, or as a user?
bool is_subject(const yaml::Node& subject, const std::string& account) {
  const std::string kind = text_at(subject, {"kind"});
  const std::string name = text_at(subject, {"name"});
  if (kind == "Group") {
    return name == "system:authenticated" || name == "system:serviceaccounts" ||
           name.starts_with("system:serviceaccounts:");
  }
  const bool is_user =
      kind == "User" && name.starts_with("system:serviceaccount:") && name.ends_with(":" + account);
  return is_user || (kind == "ServiceAccount" && name == account);
}

/// Source: kubernetes.io/docs/concepts/overview/working-with-objects/labels, "Resources that support
/// set-based requirements".
bool is_selected(const yaml::Node& selector, const yaml::Node& labels) {
  const yaml::Node* wanted = selector.find("matchLabels");
  const yaml::Node* expressions = selector.find("matchExpressions");
  const auto has_label = [&labels](const yaml::Member& label) {
    const yaml::Node* value = labels.find(label.key);
    return value != nullptr && value->text == label.value.text;
  };
  const auto holds = [&labels](const yaml::Node& expression) {
    const std::string operation = text_at(expression, {"operator"});
    const yaml::Node* value = labels.find(text_at(expression, {"key"}));
    const Strings values = texts_at(expression, "values");
    const bool is_in =
        value != nullptr && std::find(values.begin(), values.end(), value->text) != values.end();
    return operation == "In"       ? is_in
           : operation == "NotIn"  ? !is_in
           : operation == "Exists" ? value != nullptr
                                   : value == nullptr;
  };
  return (wanted == nullptr || std::all_of(wanted->members.begin(), wanted->members.end(), has_label)) &&
         (expressions == nullptr || std::all_of(expressions->items.begin(), expressions->items.end(), holds));
}

/// What one service account may do.
struct Rights {
  bool is_bound = false;
  bool creates_workloads = false;
  bool may_create_workloads = false;  ///< by a role that is not here
  bool handles_custom = false;
};

class Rbac {
 public:
  explicit Rbac(const std::vector<Object>& objects) : objects_(objects) {
    for (const Object& object : objects) {
      if (object.kind == "CustomResourceDefinition") {
        crd_groups_.insert(text_at(object.node, {"spec", "group"}));
      }
      has_bindings_ = has_bindings_ || object.kind.ends_with("RoleBinding");
    }
  }

  bool has_crds() const { return !crd_groups_.empty(); }

  Rights rights_of(const std::string& account, bool is_called_operator) const {
    Rights rights;
    for (const Object& object : objects_) {
      if (object.kind.ends_with("RoleBinding") && !object.is_test && binds(object, account)) {
        rights.is_bound = true;
        add_role(text_at(object.node, {"roleRef", "kind"}), text_at(object.node, {"roleRef", "name"}),
                 rights);
      }
    }
    if (!rights.is_bound && !has_bindings_) {  // roles are granted elsewhere, if at all
      rights.may_create_workloads = true;
      rights.handles_custom = has_crds() || is_called_operator;
    }
    return rights;
  }

 private:
  static bool binds(const Object& binding, const std::string& account) {
    const yaml::Node* subjects = binding.node.find("subjects");
    return subjects != nullptr &&
           std::any_of(subjects->items.begin(), subjects->items.end(),
                       [&account](const yaml::Node& subject) { return is_subject(subject, account); });
  }

  void add_role(const std::string& kind, const std::string& name, Rights& rights) const {
    bool is_here = false;
    for (const Object& object : objects_) {
      if (object.kind == kind && object.name == name) {
        is_here = true;
        add_rules(object, rights);
      }
    }
    if (!is_here && !is_harmless_builtin_role(name)) {
      rights.may_create_workloads = true;
      rights.creates_workloads = rights.creates_workloads || is_creating_builtin_role(name);
      rights.handles_custom = rights.handles_custom || has_crds() || name == "cluster-admin";
    }
  }

  void add_rules(const Object& role, Rights& rights) const {
    if (const yaml::Node* rules = role.node.find("rules")) {
      for (const yaml::Node& rule : rules->items) {
        rights.creates_workloads = rights.creates_workloads || creates_workloads(rule);
        rights.may_create_workloads = rights.may_create_workloads || escalates(rule);
        rights.handles_custom = rights.handles_custom || handles_custom_resources(rule, crd_groups_);
      }
    }
    if (role.node.find("aggregationRule") != nullptr) {
      add_aggregated(role, rights);
    }
  }

  /// Roles whose labels match one selector of an aggregated ClusterRole.
  void add_aggregated(const Object& role, Rights& rights) const {
    const yaml::Node* selectors = at(role.node, {"aggregationRule", "clusterRoleSelectors"});
    for (const Object& object : objects_) {
      const yaml::Node* labels = at(object.node, {"metadata", "labels"});
      if (object.kind != "ClusterRole" || labels == nullptr || selectors == nullptr ||
          object.node.find("aggregationRule") != nullptr) {
        continue;
      }
      const bool is_one =
          std::any_of(selectors->items.begin(), selectors->items.end(),
                      [labels](const yaml::Node& selector) { return is_selected(selector, *labels); });
      if (is_one) {
        add_rules(object, rights);
      }
    }
  }

  const std::vector<Object>& objects_;
  std::set<std::string> crd_groups_;
  bool has_bindings_ = false;
};

bool is_controller_kind(const Object& object) {
  return object.group() == "apps" &&
         (object.kind == "Deployment" || object.kind == "StatefulSet" || object.kind == "DaemonSet");
}

Strings images_of(const yaml::Node& pod) {
  Strings images;
  for (const std::string_view list : {"containers", "initContainers"}) {
    if (const yaml::Node* containers = pod.find(list)) {
      for (const yaml::Node& container : containers->items) {
        images.push_back(text_at(container, {"image"}));
      }
    }
  }
  return images;
}

std::string account_of(const yaml::Node& pod) {
  for (const std::string_view key : {"serviceAccountName", "serviceAccount"}) {
    if (const std::string name = text_at(pod, {key}); !name.empty()) {
      return name;
    }
  }
  return "default";
}

/// Why a workload with these rights is an operator; empty when it is none.
std::string reason_for(const Rights& rights) {
  if (rights.handles_custom && (rights.creates_workloads || rights.may_create_workloads)) {
    return "it handles custom resources and may create pods";
  }
  return rights.creates_workloads ? "it may create pods" : "";
}

bool changes_pods(const Object& object) {
  const yaml::Node* webhooks =
      object.kind == "MutatingWebhookConfiguration" ? object.node.find("webhooks") : nullptr;
  return webhooks != nullptr &&
         std::any_of(webhooks->items.begin(), webhooks->items.end(), [](const yaml::Node& webhook) {
           const yaml::Node* rules = webhook.find("rules");
           return rules != nullptr &&
                  std::any_of(rules->items.begin(), rules->items.end(), [](const yaml::Node& rule) {
                    return has_any(texts_at(rule, "resources"), {"pods", "*", "*/*"}) &&
                           has_any(texts_at(rule, "apiGroups"), {"", "*"});
                  });
         });
}

}  // namespace

std::vector<Operator> find_operators(const std::vector<Object>& objects) {
  const Rbac rbac(objects);
  std::vector<Operator> found;
  Strings all_images;
  bool has_custom = rbac.has_crds();
  for (const Object& object : objects) {
    const yaml::Node* pod =
        is_controller_kind(object) ? at(object.node, {"spec", "template", "spec"}) : nullptr;
    if (pod == nullptr || object.is_test) {
      continue;
    }
    const Strings images = images_of(*pod);
    all_images.insert(all_images.end(), images.begin(), images.end());
    const Rights rights = rbac.rights_of(account_of(*pod), object.name.find("operator") != std::string::npos);
    has_custom = has_custom || rights.handles_custom;
    const std::string because = reason_for(rights);
    if (!because.empty()) {
      found.push_back({.object = &object, .images = images, .because = because});
    }
  }
  for (const Object& object : objects) {
    if (has_custom && found.empty() && changes_pods(object)) {
      found.push_back(
          {.object = &object, .images = all_images, .because = "it changes pods as they are created"});
    }
  }
  return found;
}

}  // namespace bundle::helm
