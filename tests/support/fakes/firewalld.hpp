#pragma once

#include <set>

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"

namespace bundle::test {

/// firewall-cmd: what it opens, by zone, now and after a reload. An entry is written `port=6443/tcp`,
/// `protocol=vrrp`, `masquerade`; one that binds a zone `source=10.0.0.0/8` or `interface=eth0`. What is
/// bound to no zone belongs to the default one.
class FakeFirewalld final : public FakeProgram {
 public:
  using Zones = std::map<std::string, std::set<std::string>>;

  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;
  /// What the daemon does as it starts, and at --reload.
  void reload() { runtime = permanent; }

  std::function<bool()> is_running = [] { return true; };
  std::string default_zone = "public";
  Zones permanent{{"public", {}}, {"trusted", {}}, {"internal", {}}, {"dmz", {}}};
  Zones runtime = permanent;

 private:
  CommandResult reply(const Command& command);
  CommandResult change(const Command& command, const Arguments& arguments);
  std::string zone_of(const std::string& binding) const;
  std::string active_zones() const;
};

}  // namespace bundle::test
