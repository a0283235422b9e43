#pragma once

#include "cluster/node.hpp"
#include "preflight/inspection.hpp"
#include "support/healthy_host.hpp"

namespace bundle::preflight::test {

/// A healthy host that is to become the first master, with what preflight looks at.
class FakeHost : public bundle::test::HealthyHost {
 public:
  FakeHost();

  /// What a group of checks finds.
  std::vector<Check> found_by(const std::vector<NamedCheck>& checks);
  /// The one finding of this group; an empty Check when there is none or more.
  Check only(const std::vector<NamedCheck>& checks);

  format::Index index;
  spec::Site site;
  cluster::ThisNode node;
  bool resuming = false;
};

}  // namespace bundle::preflight::test
