#include "actions/firewall.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/firewalld.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

constexpr std::string_view kKey = "firewalld";

/// What firewalld keeps, and what it has loaded: a cut between the two leaves ports closed.
enum class Set { permanent, runtime };

/// Of a command of firewall-cmd: `--zone=dmz`, `--add-port=6443/tcp`.
using Words = std::vector<std::string>;

constexpr int kInvalidZone = 112;  // firewall-cmd(1), exit codes

void add_new(std::vector<std::string>& all, std::string one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) {
    all.push_back(std::move(one));
  }
}

bool runs(const host::Host& host) { return host::look_at(host, "firewalld").is_active; }

std::vector<std::string> firewall_cmd(Set set, const Words& words) {
  std::vector<std::string> argv{"firewall-cmd"};
  if (set == Set::permanent) {
    argv.emplace_back("--permanent");
  }
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

class OpenFirewall final : public steps::Action {
 public:
  explicit OpenFirewall(FirewallOpenings openings) : openings_(std::move(openings)) {
    for (const std::string& port : openings_.ports) {
      options_.push_back("--add-port=" + port);
    }
    for (const std::string& protocol : openings_.protocols) {
      options_.push_back("--add-protocol=" + protocol);
    }
    for (const std::string& network : openings_.trusted_networks) {
      trusted_.push_back("--add-source=" + network);
    }
  }

  std::string describe() const override {
    const std::vector<std::string> zones =
        openings_.zones.empty() ? std::vector<std::string>{"ZONE"} : openings_.zones;
    std::string text =
        fmt::format("where firewalld runs, in the zone of {} ({}); other zones stay as they are:\n",
                    openings_.interface, join(zones, ", "));
    for (const Words& words : wanted(zones)) {
      text += join(firewall_cmd(Set::permanent, words), " ") + "\n";
    }
    return text + "firewall-cmd --reload\n";
  }
  json::Object inputs() const override {
    return {{"firewall", json::Array(options_.begin(), options_.end())},
            {"interface", openings_.interface},
            {"trusted", json::Array(trusted_.begin(), trusted_.end())}};
  }

  bool is_done(steps::Context& context) override {
    return !runs(context.host) ||
           (missing(context.host, Set::permanent).empty() && missing(context.host, Set::runtime).empty());
  }

  steps::Change capture(steps::Context& context) override {
    // Of every try since the first: another bundle's ports, another zone of the interface.
    std::vector<std::string> ours;
    if (const steps::Change* earlier = context.captured("firewall", kKey)) {
      ours = json::texts_at(earlier->before, "ours");
    }
    for (const Words& words :
         runs(context.host) ? missing(context.host, Set::permanent) : std::vector<Words>()) {
      add_new(ours, join(words, " "));
    }
    return {.type = "firewall",
            .key = std::string(kKey),
            .before = {{"ours", json::Array(ours.begin(), ours.end())}}};
  }

  void apply(steps::Context& context) override {
    if (!runs(context.host)) {
      return;
    }
    for (const Words& words : missing(context.host, Set::permanent)) {
      context.host.run(firewall_cmd(Set::permanent, words));
    }
    context.host.run({"firewall-cmd", "--reload"});
  }

 private:
  /// Of the zone of the interface, which comes first, and of those of the peers' networks.
  std::vector<Words> wanted(const std::vector<std::string>& zones) const {
    std::vector<Words> all;
    for (const std::string& zone : zones) {
      for (const std::string& option : options_) {
        all.push_back({"--zone=" + zone, option});
      }
    }
    for (const std::string& option : trusted_) {
      all.push_back({"--zone=trusted", option});
    }
    if (!zones.empty()) {
      all.push_back({"--zone=" + zones.front(), "--add-masquerade"});
    }
    return all;
  }

  std::vector<Words> missing(const host::Host& host, Set set) const {
    std::vector<Words> lacking;
    for (const Words& words : wanted(open_zones(host, openings_))) {
      Words query = words;
      for (std::string& word : query) {
        word = replace_all(word, "--add-", "--query-");
      }
      if (host.ask(firewall_cmd(set, query)).status != 0) {
        lacking.push_back(words);
      }
    }
    return lacking;
  }

  FirewallOpenings openings_;
  std::vector<std::string> options_;
  std::vector<std::string> trusted_;
};

}  // namespace

std::vector<std::string> open_zones(const host::Host& host, const FirewallOpenings& openings) {
  std::vector<std::string> zones;
  if (!runs(host)) {
    return zones;
  }
  if (std::string zone = host::firewall_zone(host, openings.interface); !zone.empty()) {
    zones.push_back(std::move(zone));
  }
  for (std::string& zone : host::firewall_zones_of(host, openings.peers)) {
    add_new(zones, std::move(zone));
  }
  return zones;
}

std::unique_ptr<steps::Action> open_firewall(FirewallOpenings openings) {
  return std::make_unique<OpenFirewall>(std::move(openings));
}

void undo_firewall(host::Host& host, const steps::Change& change) {
  std::vector<std::string> ours = json::texts_at(change.before, "ours");
  // What the first try opened, in journals of version 0.1.0 and before.
  for (std::string& words : json::texts_at(change.before, "added")) {
    add_new(ours, std::move(words));
  }
  if (ours.empty() || !runs(host)) {
    return;
  }
  for (const std::string& words : ours) {
    Words options;
    for (const std::string_view word : split_words(words)) {
      options.push_back(replace_all(word, "--add-", "--remove-"));
    }
    const std::vector<std::string> argv = firewall_cmd(Set::permanent, options);
    if (const CommandResult result = host.ask(argv); result.status == kInvalidZone) {
      host.log.warn(fmt::format("{}: that zone is gone, and what was opened in it", join(argv, " ")));
    } else if (result.status != 0) {
      throw Error(ErrorKind::step, describe_failure({.argv = argv}, result));
    }
  }
  host.run({"firewall-cmd", "--reload"});
}

}  // namespace bundle::actions
