#pragma once

#include <string>

#include "base/fs.hpp"
#include "install/inspection.hpp"
#include "support/fake_runner.hpp"

namespace bundle::install::test {

/// A healthy host in a folder, with answers for the programs that preflight runs; a test spoils one thing at
/// a time. It is node1 with 10.0.0.5/24 on eth0, an EL 9 on x86_64, and is to become the first master.
class FakeHost {
 public:
  FakeHost();

  /// Writes a file below the root, folders made.
  void put(const std::string& path, std::string_view content);
  void remove(const std::string& path);
  void link(const std::string& path, const std::string& target);
  /// `ip -j -4 route show` says these routes, and `… default` the default one.
  void set_routes(const std::string& json);

  /// What a group of checks finds.
  std::vector<Check> found_by(const std::vector<NamedCheck>& checks);
  /// The one finding of this group; an empty Check when there is none or more.
  Check only(const std::vector<NamedCheck>& checks);

  TempDir root;
  bundle::test::FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  std::int64_t now = 0;
  Host host;
  format::Index index;
  spec::Site site;
  ThisNode node;
  bool resuming = false;
};

}  // namespace bundle::install::test
