#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// What is mounted on a host that is a folder: rows of /proc/self/mountinfo over folders that are just there.
/// `umount` takes the row and what the folder holds; `unshare` runs a command to which some folders are
/// covered.
class FakeMounts final : public FakeProgram {
 public:
  struct Mount {
    std::string folder;
    std::string type = "nfs4";
    std::string source = "srv:/export";
    std::string device = "0:99";
    std::string root = "/";
  };

  explicit FakeMounts(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& /*state*/) const override {}

  void mount(const Mount& mount);
  /// As the system call does it: false where nothing is mounted, or it is busy.
  bool unmount(const std::string& folder);
  /// Mounted below a folder, oldest first, as far as the command that runs now can see it.
  std::vector<std::string> below(const std::string& folder) const;
  /// As a program that runs now empties a folder: with all that is mounted in it, but for what is covered.
  void empty(const std::string& folder) const;

  std::set<std::string> busy;
  std::vector<std::string> unmounted;  ///< on the host itself

 private:
  CommandResult umount(const Command& command);
  CommandResult unshare(const Command& command);
  void write_rows() const;
  std::string real(const std::string& folder) const;

  HostFolder host_;
  FakeRunner* runner_ = nullptr;
  std::vector<Mount> mounts_;
  std::set<std::string> covered_;
  std::set<std::string> hidden_;
};

}  // namespace bundle::test
