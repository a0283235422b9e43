#pragma once

#include <string_view>
#include <vector>

#include "helm/operators.hpp"
#include "images/objects.hpp"

namespace bundle::helm {

/// A custom resource by which somebody elsewhere will start pods.
struct Request {
  const images::Object* object = nullptr;
  std::string_view because;  ///< what tells
};

/// Custom resources that ask for pods (replicas, an instance's version, pull secrets, …) or fetch further
/// manifests (a Flux HelmRelease): no rendered byte has their images. Left out are resources of well-known
/// kinds that only configure what runs already, those that an operator of `groups` (of all releases) owns,
/// and those whose CRD is here and that some workload handles: there the operator is asked about itself.
std::vector<Request> find_foreign_requests(const std::vector<images::Object>& objects,
                                           const HandledGroups& groups);

/// Has a `containers` item with a name and without an image: its operator completes it.
bool has_open_container(const yaml::Node& node);

}  // namespace bundle::helm
