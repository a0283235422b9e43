#pragma once

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// What undoing a cluster needs of the network: `ip link delete` (links are folders in /sys/class/net),
/// iptables-save, iptables-restore, and those of ip6tables.
class FakeNetwork final : public FakeProgram {
 public:
  explicit FakeNetwork(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  std::map<std::string, std::string> rules{{"iptables", ""}, {"ip6tables", ""}};  ///< as -save prints them

 private:
  HostFolder host_;
};

}  // namespace bundle::test
