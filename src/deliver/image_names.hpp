#pragma once

#include <string>
#include <vector>

#include "format/index.hpp"
#include "spec/component.hpp"

namespace bundle::deliver {

/// The names under which containerd must know an image of the bundle: the reference as the kubelet asks for
/// it (repository:tag) and repository@digest.
struct ImageName {
  std::string name;
  std::string digest;
};
std::vector<ImageName> image_names(const format::Index& index, const spec::Roles& roles);

}  // namespace bundle::deliver
