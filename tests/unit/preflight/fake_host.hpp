#pragma once

#include <optional>
#include <ostream>

#include "cluster/node.hpp"
#include "preflight/inspection.hpp"
#include "support/healthy_host.hpp"

namespace bundle::preflight {

/// For failures of tests.
std::ostream& operator<<(std::ostream& out, const Check& check);

}  // namespace bundle::preflight

namespace bundle::preflight::test {

/// Findings as a test expects them, whole.
Check error(std::string id, std::string seen, std::string fix);
Check warning(std::string id, std::string seen, std::string fix);

/// A healthy host that is to become the first master, with what preflight looks at.
class FakeHost : public bundle::test::HealthyHost {
 public:
  FakeHost();

  /// What a group of checks finds.
  std::vector<Check> found_by(const std::vector<NamedCheck>& checks);
  /// The one finding of this group; when there is none or more, a Check whose id says how many.
  Check only(const std::vector<NamedCheck>& checks);

  format::Index index;
  site::Site site;
  cluster::ThisNode node;
  bool resuming = false;
  bool allow_no_gpu = false;
  bool joins = false;
  std::optional<spec::Join> join_file;
  std::string certificate_key;
  std::string index_sha256;
};

}  // namespace bundle::preflight::test
