#pragma once

#include <set>
#include <string>
#include <vector>

#include "images/objects.hpp"

namespace bundle::helm {

/// A controller that may start pods by its own decision, so that its code can name images which no rendered
/// byte does.
struct Operator {
  const images::Object* object = nullptr;
  std::vector<std::string> images;  ///< of its containers, as written
  std::string because;              ///< what tells
  bool is_guess = false;            ///< `images` are those of all workloads: it is not known which one it is
};

/// The operators among the objects of one release: workloads whose service account, by the roles among the
/// objects, may create pods or workloads; or may do so by a role that is not here (or has no role here and
/// calls itself an operator) and handles custom resources: of a CRD in `objects`, or by writing those of a
/// group that is not Kubernetes' own. Beside custom resources, what answers a webhook that changes pods
/// counts as well: it can add containers. A controller that may create nothing (an ingress controller, a load
/// balancer) needs no statement.
std::vector<Operator> find_operators(const std::vector<images::Object>& objects);

/// API groups, none of Kubernetes' own, that workloads work on.
struct HandledGroups {
  std::set<std::string> handled;
  std::set<std::string> owned;  ///< whose status or finalizers they write: they are the operators of these
  bool is_open = false;         ///< some rights are granted elsewhere

  bool handles(const std::string& group) const {
    return is_open || handled.contains(group) || handled.contains("*");
  }
  void merge(const HandledGroups& other);
};
HandledGroups find_handled_groups(const std::vector<images::Object>& objects);

}  // namespace bundle::helm
