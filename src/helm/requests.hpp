#pragma once

#include <string_view>
#include <vector>

#include "helm/objects.hpp"

namespace bundle::helm {

/// A custom resource by which somebody elsewhere will start pods.
struct Request {
  const Object* object = nullptr;
  std::string_view because;  ///< what tells
};

/// Custom resources of a kind whose CRD is not in `objects`, that ask for pods (replicas, an instance's
/// version, pull secrets, …) or fetch further manifests (a Flux HelmRelease): no rendered byte has their
/// images. Resources of well-known kinds that only configure what runs already are left out.
std::vector<Request> find_foreign_requests(const std::vector<Object>& objects);

}  // namespace bundle::helm
