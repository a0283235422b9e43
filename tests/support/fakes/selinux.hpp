#pragma once

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// getsebool, setsebool, getenforce, setenforce. SELinux is on where the host has /sys/fs/selinux/enforce,
/// which holds the mode. `setsebool -P` leaves `NAME=1` in the policy store's booleans.local, as libsemanage
/// does; a boolean that a test puts here as on has no line there: the policy itself has it on.
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
  void keep(const std::string& name, bool is_on) const;

  HostFolder host_;
};

}  // namespace bundle::test
