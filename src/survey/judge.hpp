#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// A certificate that ends sooner is a finding. The kubelet renews its own before that, and a timer
/// kubeadm's.
constexpr std::int64_t kLeastDays = 30;

/// Whole days from `now` to an end; negative once it has passed.
std::int64_t days_left(std::int64_t ends, std::int64_t now);

/// What is wrong in a cluster, each with what to do; nothing when all is well. What could not be seen and may
/// be well is no finding, but for the nodes, etcd and the virtual address: without these nothing is known.
std::vector<Finding> judge(const Picture& picture, std::int64_t now);

/// What could not be seen: `images of m2: …`.
std::vector<std::string> unknowns(const Picture& picture);

}  // namespace bundle::survey
