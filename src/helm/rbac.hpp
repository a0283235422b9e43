#pragma once

#include <set>
#include <string>
#include <vector>

#include "images/objects.hpp"

namespace bundle::helm {

/// What one service account may do, as far as it matters here.
struct Rights {
  bool is_bound = false;
  bool creates_workloads = false;
  bool may_create_workloads = false;  ///< by a role that is not here
  bool handles_custom = false;
  bool is_open = false;                  ///< granted elsewhere, or by a role that is not here
  std::set<std::string> handled_groups;  ///< API groups, none of Kubernetes' own, that a rule names
  std::set<std::string> owned_groups;  ///< … with the status or finalizers of their resources, or all of them
};

/// The roles and bindings among the objects of one release; they must outlive it.
/// Source: kubernetes.io/docs/reference/access-authn-authz/rbac.
class Rbac {
 public:
  explicit Rbac(const std::vector<images::Object>& objects);

  bool has_crds() const { return !crd_groups_.empty(); }

  /// Of the service account that a workload runs as. `is_called_operator`: its name says so, which counts
  /// where its roles are granted elsewhere.
  Rights rights_of(const std::string& account, bool is_called_operator) const;

 private:
  bool is_granted_elsewhere(const std::string& account) const;
  void add_role(const std::string& kind, const std::string& name, Rights& rights) const;
  void add_rules(const images::Object& role, Rights& rights) const;
  void add_rule(const yaml::Node& rule, Rights& rights) const;
  void add_aggregated(const images::Object& role, Rights& rights) const;

  const std::vector<images::Object>& objects_;
  std::set<std::string> crd_groups_;
  std::set<std::string> accounts_;  ///< that are made here
  bool has_bindings_ = false;
};

}  // namespace bundle::helm
