#pragma once

#include <string>

#include "format/index.hpp"

namespace bundle::serve {

/// The index.yaml of a Helm repository out of the bundle's charts, each beside it by the name that it has
/// below charts/. It is JSON, which is YAML. Source: helm.sh/docs/topics/chart_repository.
std::string helm_index(const format::Index& index);

}  // namespace bundle::serve
