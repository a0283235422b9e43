#include "support/fakes/firewalld.hpp"

#include "base/error.hpp"

namespace bundle::test {
namespace {

// Source: firewall-cmd(1), exit codes.
constexpr int kNoZone = 2;
constexpr int kInvalidZone = 112;
constexpr int kNotRunning = 252;

/// The entry that an option such as `--add-port=1/tcp` speaks of, and the verb; empty for other options.
std::pair<std::string, std::string> entry_of(const std::string& option, const std::string& value) {
  for (const std::string verb : {"--add-", "--query-", "--remove-"}) {
    if (!option.starts_with(verb)) {
      continue;
    }
    const std::string kind = option.substr(verb.size());
    if (kind == "masquerade" && value.empty()) {
      return {verb, kind};
    }
    const bool is_known =
        kind == "port" || kind == "protocol" || kind == "source" || kind == "service" || kind == "interface";
    if (is_known && !value.empty()) {
      return {verb, kind + "=" + value};
    }
  }
  return {};
}

}  // namespace

void FakeFirewalld::answer(FakeRunner& runner) {
  on(runner, {"firewall-cmd"}, [this](const Command& command) { return reply(command); });
}

void FakeFirewalld::describe(WorldState& state) const {
  for (const auto& [name, zones] : {std::pair("permanent", &permanent), std::pair("runtime", &runtime)}) {
    for (const auto& [zone, entries] : *zones) {
      for (const std::string& entry : entries) {
        state[fmt::format("firewall {} {} {}", name, zone, entry)] = "open";
      }
    }
  }
}

CommandResult FakeFirewalld::reply(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"--zone"});
  const bool is_running_now = is_running();
  if (arguments.are({}, {"--state"})) {
    return is_running_now ? said("running\n") : failed(kNotRunning, "not running\n");
  }
  if (!is_running_now) {
    return failed(kNotRunning, "FirewallD is not running\n");
  }
  if (arguments.are({}, {"--reload"})) {
    reload();
    return said("success\n");
  }
  if (arguments.are({}, {"--get-default-zone"})) {
    return said(default_zone + "\n");
  }
  if (arguments.are({}, {"--get-active-zones"})) {
    return said(active_zones());
  }
  if (arguments.are({}, {"--get-zone-of-interface"})) {
    const std::string zone = zone_of("interface=" + arguments.value("--get-zone-of-interface"));
    return zone.empty() ? failed(kNoZone, "no zone\n") : said(zone + "\n");
  }
  return arguments.words.empty() ? change(command, arguments) : refuse(command);
}

std::string FakeFirewalld::zone_of(const std::string& binding) const {
  for (const auto& [zone, entries] : runtime) {
    if (entries.contains(binding)) {
      return zone;
    }
  }
  return {};
}

/// The zones with a binding, as firewalld 1.3 prints them.
std::string FakeFirewalld::active_zones() const {
  std::string text;
  for (const auto& [zone, entries] : runtime) {
    std::string bindings;
    for (const std::string kind : {"interface", "source"}) {
      std::string names;
      for (const std::string& entry : entries) {
        names += entry.starts_with(kind + "=") ? " " + entry.substr(kind.size() + 1) : "";
      }
      bindings += names.empty() ? "" : "  " + kind + "s:" + names + "\n";
    }
    text += bindings.empty() ? "" : zone + "\n" + bindings;
  }
  return text;
}

CommandResult FakeFirewalld::change(const Command& command, const Arguments& arguments) {
  Zones& zones = arguments.has("--permanent") ? permanent : runtime;
  const std::string zone = arguments.has("--zone") ? arguments.value("--zone") : default_zone;
  if (!zones.contains(zone)) {
    return failed(kInvalidZone, "Error: INVALID_ZONE: " + zone + "\n");
  }
  std::set<std::string>& entries = zones[zone];
  CommandResult result;
  for (const auto& [option, value] : arguments.options) {
    if (option == "--permanent" || option == "--zone") {
      continue;
    }
    const auto [verb, entry] = entry_of(option, value);
    if (verb.empty()) {
      return refuse(command);
    }
    if (verb == "--query-") {
      return entries.contains(entry) ? said("yes\n") : CommandResult{.status = 1, .out = "no\n"};
    }
    const bool is_new = verb == "--add-" ? entries.insert(entry).second : entries.erase(entry) == 1;
    // What is so already is only a warning.
    result.err += is_new ? "" : verb == "--add-" ? "Warning: ALREADY_ENABLED\n" : "Warning: NOT_ENABLED\n";
    result.out = "success\n";
  }
  return result.out.empty() ? refuse(command) : result;
}

}  // namespace bundle::test
