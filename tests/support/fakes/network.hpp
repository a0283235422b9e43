#pragma once

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// What undoing a cluster needs of the network: `ip link delete` (links are folders in /sys/class/net),
/// iptables-save, iptables-restore, and those of ip6tables; what a look at it needs: addresses, the route to
/// one, neighbours, and arping of iputils.
class FakeNetwork final : public FakeProgram {
 public:
  explicit FakeNetwork(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  struct Address {
    std::string interface;
    std::string address;
    int prefix = 24;
  };
  std::vector<Address> addresses{};                 ///< of this host
  std::multimap<std::string, std::string> on_link;  ///< who else has which address there: its MAC
  std::string gateway;                              ///< not empty: all other addresses lie behind it
  bool has_arping = true;

  std::map<std::string, std::string> rules{{"iptables", ""}, {"ip6tables", ""}};  ///< as -save prints them

 private:
  CommandResult show_addresses() const;
  CommandResult show_route(const std::string& to) const;
  CommandResult show_neighbours() const;
  CommandResult ask_arp(const std::string& address) const;

  HostFolder host_;
};

}  // namespace bundle::test
