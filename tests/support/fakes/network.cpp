#include "support/fakes/network.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace bundle::test {

void FakeNetwork::answer(FakeRunner& runner) {
  for (const std::string family : {"iptables", "ip6tables"}) {
    on(runner, {family + "-save"}, [this, family](const Command& command) {
      return command.argv.size() == 1 ? said(rules[family]) : refuse(command);
    });
    on(runner, {family + "-restore"}, [this, family](const Command& command) {
      if (command.argv.size() != 1) {
        return refuse(command);
      }
      rules[family] = command.input;
      return CommandResult{};
    });
  }
  on(runner, {"ip"}, [this](const Command& command) { return refuse(command); });
  on(runner, {"ip", "-j", "-4", "address"}, [this](const Command&) { return show_addresses(); });
  on(runner, {"ip", "-j", "-4", "route", "get"},
     [this](const Command& command) { return show_route(command.argv.back()); });
  on(runner, {"ip", "-j", "-4", "neigh", "show"}, [this](const Command&) { return show_neighbours(); });
  on(runner, {"arping"}, [this](const Command& command) {
    if (!has_arping) {
      fail(ErrorKind::usage, "cannot run arping: not found");
    }
    return command.argv[1] == "-b" ? ask_arp(command.argv.back()) : refuse(command);
  });
  on(runner, {"ip", "link", "delete"}, [this](const Command& command) {
    if (command.argv.size() != 4) {
      return refuse(command);
    }
    const std::string folder = "/sys/class/net/" + command.argv[3];
    if (!host_.exists(folder)) {
      return failed(1, "Cannot find device \"" + command.argv[3] + "\"\n");
    }
    host_.remove(folder);
    return CommandResult{};
  });
}

/// Source: ip-address(8), ip-route(8), ip-neighbour(8) with -j; recorded from iproute2 6.1.
CommandResult FakeNetwork::show_addresses() const {
  json::Array links;
  for (const Address& one : addresses) {
    const json::Object row{{"local", one.address}, {"prefixlen", one.prefix}, {"scope", "global"}};
    links.push_back(json::Object{{"addr_info", json::Array{row}}, {"ifname", one.interface}});
  }
  return said(json::canonical(links) + "\n");
}

CommandResult FakeNetwork::show_route(const std::string& to) const {
  if (addresses.empty()) {
    return failed(2, "RTNETLINK answers: Network is unreachable\n");
  }
  json::Object route{
      {"dev", addresses.front().interface}, {"dst", to}, {"prefsrc", addresses.front().address}};
  if (!gateway.empty()) {
    route["gateway"] = gateway;
  }
  return said(json::canonical(json::Array{route}) + "\n");
}

CommandResult FakeNetwork::show_neighbours() const {
  json::Array rows;
  for (const auto& [address, mac] : on_link) {
    rows.push_back(json::Object{
        {"dev", "eth0"}, {"dst", address}, {"lladdr", mac}, {"state", json::Array{"REACHABLE"}}});
  }
  return said(json::canonical(rows) + "\n");
}

/// Recorded from iputils 20221126.
CommandResult FakeNetwork::ask_arp(const std::string& address) const {
  std::string text = fmt::format("ARPING {} from 10.0.0.5 eth0\n", address);
  const auto [first, last] = on_link.equal_range(address);
  for (auto row = first; row != last; ++row) {
    text += fmt::format("Unicast reply from {} [{}]  0.712ms\n", address, upper(row->second));
  }
  const auto count = std::distance(first, last);
  return {.status = count == 0 ? 1 : 0,
          .out = text + fmt::format("Sent 3 probes (3 broadcast(s))\nReceived {} response(s)\n", count),
          .err = {}};
}

void FakeNetwork::describe(WorldState& state) const {
  for (const auto& [family, text] : rules) {
    if (!text.empty()) {
      state["netfilter " + family] = replace_all(text, "\n", "\\n");
    }
  }
}

}  // namespace bundle::test
