#include "helm/rbac.hpp"

#include <algorithm>

#include "images/node_texts.hpp"

namespace bundle::helm {
namespace {

/// It can give itself any right.
bool escalates(const yaml::Node& rule) {
  return images::has_any(images::texts_at(rule, "verbs"), {"escalate", "bind", "impersonate"});
}

bool creates_workloads(const yaml::Node& rule) {
  const images::Strings verbs = images::texts_at(rule, "verbs");
  const images::Strings resources = images::texts_at(rule, "resources");
  return images::has_any(verbs, {"create", "*"}) &&
         images::has_any(images::texts_at(rule, "apiGroups"), {"", "apps", "batch", "extensions", "*"}) &&
         images::has_any(resources, {"pods", "deployments", "daemonsets", "statefulsets", "replicasets",
                                     "jobs", "cronjobs", "replicationcontrollers", "*"});
}

bool handles_custom_resources(const yaml::Node& rule, const std::set<std::string>& crd_groups) {
  const images::Strings groups = images::texts_at(rule, "apiGroups");
  const bool writes = images::has_any(images::texts_at(rule, "verbs"), {"update", "patch", "create", "*"});
  return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
    return group == "*" || crd_groups.contains(group) || (writes && !images::is_builtin_group(group));
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
  const std::string kind = images::text_at(subject, {"kind"});
  const std::string name = images::text_at(subject, {"name"});
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
  const auto holds = [&labels](const yaml::Node& expression) {
    const std::string operation = images::text_at(expression, {"operator"});
    const yaml::Node* value = labels.find(images::text_at(expression, {"key"}));
    const images::Strings values = images::texts_at(expression, "values");
    const bool is_in =
        value != nullptr && std::find(values.begin(), values.end(), value->text) != values.end();
    return operation == "In"       ? is_in
           : operation == "NotIn"  ? !is_in
           : operation == "Exists" ? value != nullptr
                                   : value == nullptr;
  };
  return (wanted == nullptr || images::has_labels(labels, *wanted)) &&
         (expressions == nullptr || std::all_of(expressions->items.begin(), expressions->items.end(), holds));
}

bool binds(const images::Object& binding, const std::string& account) {
  const yaml::Node* subjects = binding.node.find("subjects");
  return subjects != nullptr &&
         std::any_of(subjects->items.begin(), subjects->items.end(),
                     [&account](const yaml::Node& subject) { return is_subject(subject, account); });
}

/// It writes what a controller writes of its own resources.
bool owns(const yaml::Node& rule) {
  const images::Strings resources = images::texts_at(rule, "resources");
  return std::any_of(resources.begin(), resources.end(), [](const std::string& resource) {
    return resource == "*" || resource.ends_with("/status") || resource.ends_with("/finalizers");
  });
}

}  // namespace

Rbac::Rbac(const std::vector<images::Object>& objects) : objects_(objects) {
  for (const images::Object& object : objects) {
    if (object.kind == "CustomResourceDefinition") {
      crd_groups_.insert(images::text_at(object.node, {"spec", "group"}));
    } else if (object.kind == "ServiceAccount") {
      accounts_.insert(object.name);
    }
    has_bindings_ = has_bindings_ || object.kind.ends_with("RoleBinding");
  }
}

Rights Rbac::rights_of(const std::string& account, bool is_called_operator) const {
  Rights rights;
  for (const images::Object& object : objects_) {
    if (object.kind.ends_with("RoleBinding") && !object.is_test && binds(object, account)) {
      rights.is_bound = true;
      add_role(images::text_at(object.node, {"roleRef", "kind"}),
               images::text_at(object.node, {"roleRef", "name"}), rights);
    }
  }
  if (!rights.is_bound && is_granted_elsewhere(account)) {
    rights.is_open = true;
    rights.may_create_workloads = true;
    rights.handles_custom = has_crds() || is_called_operator;
  }
  return rights;
}

/// Nothing here speaks of roles, or the account itself is made elsewhere.
bool Rbac::is_granted_elsewhere(const std::string& account) const {
  return !has_bindings_ || (account != "default" && !accounts_.contains(account));
}

void Rbac::add_role(const std::string& kind, const std::string& name, Rights& rights) const {
  bool is_here = false;
  for (const images::Object& object : objects_) {
    if (object.kind == kind && object.name == name) {
      is_here = true;
      add_rules(object, rights);
    }
  }
  if (!is_here && !is_harmless_builtin_role(name)) {
    rights.is_open = true;
    rights.may_create_workloads = true;
    rights.creates_workloads = rights.creates_workloads || is_creating_builtin_role(name);
    rights.handles_custom = rights.handles_custom || has_crds() || name == "cluster-admin";
  }
}

void Rbac::add_rules(const images::Object& role, Rights& rights) const {
  if (const yaml::Node* rules = role.node.find("rules")) {
    for (const yaml::Node& rule : rules->items) {
      add_rule(rule, rights);
    }
  }
  if (role.node.find("aggregationRule") != nullptr) {
    add_aggregated(role, rights);
  }
}

void Rbac::add_rule(const yaml::Node& rule, Rights& rights) const {
  rights.creates_workloads = rights.creates_workloads || creates_workloads(rule);
  rights.may_create_workloads = rights.may_create_workloads || escalates(rule);
  rights.handles_custom = rights.handles_custom || handles_custom_resources(rule, crd_groups_);
  for (const std::string& group : images::texts_at(rule, "apiGroups")) {
    if (!images::is_builtin_group(group)) {
      rights.handled_groups.insert(group);
      if (owns(rule)) {
        rights.owned_groups.insert(group);
      }
    }
  }
}

/// Roles whose labels match one selector of an aggregated ClusterRole.
void Rbac::add_aggregated(const images::Object& role, Rights& rights) const {
  const yaml::Node* selectors = images::at(role.node, {"aggregationRule", "clusterRoleSelectors"});
  for (const images::Object& object : objects_) {
    const yaml::Node* labels = images::at(object.node, {"metadata", "labels"});
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

}  // namespace bundle::helm
