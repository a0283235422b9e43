#pragma once

#include <string>
#include <vector>

#include "helm/objects.hpp"

namespace bundle::helm {

/// A controller that may start pods by its own decision, so that its code can name images which no rendered
/// byte does.
struct Operator {
  const Object* object = nullptr;
  std::vector<std::string> images;  ///< of its containers, as written
  std::string because;              ///< what tells
};

/// The operators among the objects of one release: workloads whose service account, by the roles among the
/// objects, may create pods or workloads; or may do so by a role that is not here (or has no role here and
/// calls itself an operator) and handles custom resources: of a CRD in `objects`, or by writing those of a
/// group that is not Kubernetes' own. Where there is none, a webhook that changes pods beside custom
/// resources counts: it can add containers.
/// A controller that may create nothing (an ingress controller, a load balancer) needs no statement.
/// Source: kubernetes.io/docs/reference/access-authn-authz/rbac.
std::vector<Operator> find_operators(const std::vector<Object>& objects);

}  // namespace bundle::helm
