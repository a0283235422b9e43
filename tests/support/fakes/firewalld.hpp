#pragma once

#include <set>

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"

namespace bundle::test {

/// firewall-cmd: what it opens, by zone, now and after a reload. An entry is written `port=6443/tcp`,
/// `protocol=vrrp`, `source=10.0.0.0/8`, `masquerade`.
class FakeFirewalld final : public FakeProgram {
 public:
  using Zones = std::map<std::string, std::set<std::string>>;

  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;
  /// What the daemon does as it starts, and at --reload.
  void reload() { runtime = permanent; }

  std::function<bool()> is_running = [] { return true; };
  std::string default_zone = "public";
  Zones permanent{{"public", {}}, {"trusted", {}}, {"internal", {}}};
  Zones runtime = permanent;

 private:
  CommandResult reply(const Command& command);
  CommandResult change(const Command& command, const Arguments& arguments);
};

}  // namespace bundle::test
