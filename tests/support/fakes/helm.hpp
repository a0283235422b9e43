#pragma once

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"
#include "support/fakes/kubectl.hpp"

namespace bundle::test {

/// helm, which keeps its releases in the cluster. The program is the file `kPath` of the host, which a test
/// puts there (an installation takes it from its payload).
class FakeHelm final : public FakeProgram {
 public:
  static constexpr std::string_view kPath = "/var/lib/bundle/bin/helm";

  struct Revision {
    unsigned number = 1;
    std::string status = "deployed";
    std::string chart;  ///< `NAME-VERSION`: the name of the .tgz without that
    std::string description;
    std::vector<std::string> values;  ///< digests of the files, in order
    std::map<std::string, std::string> labels;
  };

  FakeHelm(HostFolder host, FakeKubectl& cluster) : host_(std::move(host)), cluster_(cluster) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  /// By `NAMESPACE/NAME`; the last revision is the current one.
  std::map<std::string, std::vector<Revision>> releases;
  std::string upgrade_error;  ///< when not empty, an upgrade fails with it and leaves the release failed

 private:
  CommandResult reply(const Command& command);
  CommandResult list(const Command& command, const Arguments& arguments);
  CommandResult status(const std::string& key) const;
  CommandResult upgrade(const Command& command, const Arguments& arguments);
  CommandResult finish(std::vector<Revision>& history, const std::string& description);
  CommandResult rollback(const Arguments& arguments, const std::string& key);
  CommandResult uninstall(const Arguments& arguments, const std::string& key);

  HostFolder host_;
  FakeKubectl& cluster_;
};

}  // namespace bundle::test
