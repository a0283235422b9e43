#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "base/fs.hpp"
#include "steps/action.hpp"
#include "support/fake_runner.hpp"

namespace bundle::test {

/// A host that is a folder, with programs that answer from a table.
struct BareHost {
  TempDir folder;
  FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  std::int64_t time = 1'790'000'000;
  host::Host host{.root = folder.path(), .runner = runner, .log = log, .progress = progress, .now = [this] {
                    return time++;
                  }};
  steps::Context context{host};

  void put(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(host.at(path).parent_path());
    std::ofstream(host.at(path)) << content;
  }
  std::string get(const std::string& path) { return read_file(host.at(path), 1 << 20); }
};

}  // namespace bundle::test
