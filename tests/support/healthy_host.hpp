#pragma once

#include <string>
#include <string_view>

#include "base/fs.hpp"
#include "host/host.hpp"
#include "support/fake_runner.hpp"

namespace bundle::test {

/// A healthy host in a folder, with answers for the programs that are asked about it; a test spoils one thing
/// at a time. It is node1 with 10.0.0.5/24 on eth0, an EL 9 on x86_64.
class HealthyHost {
 public:
  HealthyHost();

  /// Writes a file below the root, folders made.
  void put(const std::string& path, std::string_view content);
  void remove(const std::string& path);
  void link(const std::string& path, const std::string& target);
  /// What a real host has shown: lines `PATH = CONTENT` and `LINK -> TARGET`, and comments.
  void put_recorded(const std::filesystem::path& file);
  /// `ip -j -4 route show` says these routes, and `… default` the default one.
  void set_routes(const std::string& json);

  TempDir root;
  FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  std::int64_t now = 0;
  host::Host host;
};

}  // namespace bundle::test
