#include "host/firewalld.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "spec/ipv4.hpp"

namespace bundle::host {
namespace {

constexpr std::string_view kOpenZone = "trusted";

/// The one word that firewall-cmd answers with; empty for anything else.
std::string word_of(const CommandResult& result) {
  const std::vector<std::string_view> words = split_words(result.out);
  return result.status == 0 && words.size() == 1 ? std::string(words[0]) : std::string();
}

bool holds_any(std::string_view source, const std::vector<std::string>& addresses) {
  const std::optional<spec::Ipv4Network> network = spec::parse_ipv4_network(
      source.find('/') == std::string_view::npos ? std::string(source) + "/32" : std::string(source));
  return network && std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
           const std::optional<std::uint32_t> number = spec::parse_ipv4(address);
           return number && network->contains(*number);
         });
}

}  // namespace

std::string firewall_zone(const Host& host, const std::string& interface) {
  // "no zone" and status 2 where it is bound to none.
  std::string zone = word_of(host.ask({"firewall-cmd", "--get-zone-of-interface=" + interface}));
  return zone.empty() ? word_of(host.ask({"firewall-cmd", "--get-default-zone"})) : zone;
}

std::vector<std::string> firewall_zones_of(const Host& host, const std::vector<std::string>& addresses) {
  std::vector<std::string> zones;
  if (addresses.empty()) {
    return zones;
  }
  // A zone's name, then its bindings below it, further in.
  const CommandResult active = host.ask({"firewall-cmd", "--get-active-zones"});
  std::string zone;
  for (const std::string_view line : split(active.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (!words.empty() && !line.starts_with(' ')) {
      zone = words[0];
    } else if (!words.empty() && words[0] == "sources:" && zone != kOpenZone &&
               std::any_of(words.begin() + 1, words.end(),
                           [&](std::string_view source) { return holds_any(source, addresses); })) {
      zones.push_back(zone);
    }
  }
  return zones;
}

}  // namespace bundle::host
