#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "cluster/ports.hpp"
#include "host/facts.hpp"
#include "host/firewalld.hpp"
#include "host/host.hpp"
#include "host/sockets.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

/// The first port of the range on which somebody listens.
std::optional<std::uint64_t> first_taken(const spec::PortRange& range,
                                         const std::map<std::uint64_t, std::string>& taken) {
  const auto found = taken.lower_bound(range.first);
  return found == taken.end() || found->first > range.last ? std::nullopt : std::optional(found->first);
}

void check_ports(Inspection& look) {
  if (look.resuming) {
    return;
  }
  const auto tcp = host::listeners(look.host, spec::Transport::tcp);
  const auto udp = host::listeners(look.host, spec::Transport::udp);
  for (const cluster::Port& port : cluster::ports_of(look.index, look.site, look.node)) {
    const auto& taken = port.range.transport == spec::Transport::tcp ? tcp : udp;
    const auto number = first_taken(port.range, taken);
    if (!number || port.reach == cluster::Reach::services) {
      continue;
    }
    const std::string owner = host::owner_of(look.host, taken.at(*number));
    if (port.user == cluster::kTimeServer && owner.starts_with(port.user)) {
      continue;  // the host's own, which the installation configures
    }
    look.error("port-in-use",
               fmt::format("port {}/{}, which {} needs, is taken by {}", *number,
                           port.range.transport == spec::Transport::tcp ? "tcp" : "udp", port.user,
                           owner.empty() ? "a program that cannot be seen" : owner),
               fmt::format("find and stop it: ss -lnp 'sport = :{}'", *number));
  }
}

void check_firewall(Inspection& look) {
  if (look.site.firewall != site::Firewall::leave || !look.is_running("firewalld")) {
    return;
  }
  const std::string zone = host::firewall_zone(look.host, look.node.interface);
  look.warning(
      "firewall",
      fmt::format("firewalld runs, and the site file says to leave it: other nodes must reach {}",
                  join(cluster::open_ports(cluster::ports_of(look.index, look.site, look.node)), " ")),
      fmt::format(
          "firewall-cmd --permanent {}--add-port=PORT for each, or 'firewall: keep-open' in the site file",
          zone.empty() ? "" : "--zone=" + zone + " "));
}

/// Source: knowledge of `arping -D` (iputils): 0 when nobody answered.
bool answers(const Inspection& look, const std::string& address, const std::string& interface) {
  if (const auto arp = look.try_ask({"arping", "-D", "-q", "-c", "2", "-w", "3", "-I", interface, address})) {
    return arp->status == 1;
  }
  const auto ping = look.try_ask({"ping", "-q", "-c", "1", "-W", "1", "-I", interface, address});
  return ping && ping->status == 0;
}

std::string gateway(const host::Host& host) {
  const CommandResult result = host.run({"ip", "-4", "route", "show", "default"});
  const std::vector<std::string_view> words = split_words(result.out);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "via") {
      return std::string(words[i + 1]);
    }
  }
  return {};
}

std::string first_balancing_master(const site::Site& site) {
  for (const site::SiteNode* master : cluster::masters_of(site)) {
    if (master->lb) {
      return master->name;
    }
  }
  return "one that the site file does not have yet";
}

void check_vip(Inspection& look) {
  if (!look.site.vip) {
    return;
  }
  if (!spec::is_interface_name(look.node.interface)) {
    look.error("interface-name",
               fmt::format("keepalived's configuration cannot hold the interface name '{}'",
                           escaped(look.node.interface)),
               "give the interface a name of letters, digits and ._-@: (man 5 systemd.link, Name=)");
  }
  const std::string& vip = look.site.vip->address;
  const std::vector<host::HostAddress> addresses = host::host_addresses(look.host);
  const auto own = std::find_if(addresses.begin(), addresses.end(), [&](const host::HostAddress& address) {
    return spec::format_ipv4(address.network.address) == look.node.address;
  });
  if (own != addresses.end() && !own->network.contains(*spec::parse_ipv4(vip))) {
    look.error("vip-outside",
               fmt::format("the virtual address {} lies outside {} of {}: no other host would find it", vip,
                           to_string(own->network), own->interface),
               "in the site file: vip: {address: ADDRESS/PREFIX}, one of that network");
  }
  if (vip == gateway(look.host)) {
    look.error("vip-is-gateway", fmt::format("the virtual address {} is this network's gateway", vip),
               "in the site file: vip: {address: ADDRESS/PREFIX}, one that nobody has");
  } else if (look.joins || look.resuming) {
    return;  // whoever balances now has it
  } else if (const bool is_held = answers(look, vip, look.node.interface); !look.node.lb && !is_held) {
    look.error(
        "no-balancer",
        fmt::format("the virtual address {} is on no host yet, and {} is no balancer (role lb): nobody would "
                    "reach its API server",
                    vip, look.node.name),
        fmt::format("install a master with the role lb first, as {}", first_balancing_master(look.site)));
  } else if (look.node.lb && is_held) {
    look.error("vip-in-use",
               fmt::format("the virtual address {} is in use: somebody on {} answers for it", vip,
                           look.node.interface),
               fmt::format("find who has it: arping -I {} {}; or choose another one in the site file",
                           look.node.interface, vip));
  }
}

}  // namespace

std::vector<NamedCheck> listener_checks() {
  return {{"the ports", check_ports}, {"the firewall", check_firewall}, {"the virtual address", check_vip}};
}

}  // namespace bundle::preflight
