#pragma once

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// getsebool, setsebool, getenforce, setenforce. SELinux is on where the host has /sys/fs/selinux/enforce,
/// which holds the mode.
class FakeSelinux final : public FakeProgram {
 public:
  struct Boolean {
    bool now = false;
    bool after_boot = false;
  };

  explicit FakeSelinux(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  std::map<std::string, Boolean> booleans{{"haproxy_connect_any", {}}, {"keepalived_connect_any", {}}};

 private:
  bool is_on() const;
  CommandResult get_boolean(const Command& command);
  CommandResult set_boolean(const Command& command);
  CommandResult set_mode(const Command& command);

  HostFolder host_;
};

}  // namespace bundle::test
