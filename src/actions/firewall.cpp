#include "actions/firewall.hpp"

#include "base/text.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

class OpenFirewall final : public steps::Action {
 public:
  explicit OpenFirewall(const FirewallOpenings& openings) {
    for (const std::string& port : openings.ports) {
      options_.push_back("--add-port=" + port);
    }
    for (const std::string& protocol : openings.protocols) {
      options_.push_back("--add-protocol=" + protocol);
    }
    for (const std::string& network : openings.trusted_networks) {
      trusted_.push_back("--add-source=" + network);
    }
  }

  std::string describe() const override {
    std::string text = "where firewalld runs:\n";
    for (const std::string& option : options_) {
      text += "firewall-cmd --permanent " + option + "\n";
    }
    for (const std::string& option : trusted_) {
      text += "firewall-cmd --permanent --zone=trusted " + option + "\n";
    }
    return text + "firewall-cmd --permanent --add-masquerade\nfirewall-cmd --reload\n";
  }
  json::Object inputs() const override {
    return {{"firewall", json::Array(options_.begin(), options_.end())},
            {"trusted", json::Array(trusted_.begin(), trusted_.end())}};
  }

  bool is_done(steps::Context& context) override {
    return !runs(context.host) ||
           (missing(context.host, Set::permanent).empty() && missing(context.host, Set::runtime).empty());
  }

  steps::Change capture(steps::Context& context) override {
    json::Array added;
    if (runs(context.host)) {
      for (const std::vector<std::string>& words : missing(context.host, Set::permanent)) {
        added.push_back(join(words, " "));
      }
    }
    return {.type = "firewall", .key = "firewalld", .before = {{"added", std::move(added)}}};
  }

  void apply(steps::Context& context) override {
    if (!runs(context.host)) {
      return;
    }
    for (const std::vector<std::string>& words : missing(context.host, Set::permanent)) {
      context.host.run(firewall_cmd(Set::permanent, words));
    }
    context.host.run({"firewall-cmd", "--reload"});
  }

 private:
  /// What firewalld keeps, and what it has loaded: a cut between the two leaves ports closed.
  enum class Set { permanent, runtime };

  static bool runs(const host::Host& host) { return host::look_at(host, "firewalld").is_active; }

  static std::vector<std::string> firewall_cmd(Set set, const std::vector<std::string>& words) {
    std::vector<std::string> argv{"firewall-cmd"};
    if (set == Set::permanent) {
      argv.emplace_back("--permanent");
    }
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  }

  std::vector<std::vector<std::string>> wanted() const {
    std::vector<std::vector<std::string>> all;
    for (const std::string& option : options_) {
      all.push_back({option});
    }
    for (const std::string& option : trusted_) {
      all.push_back({"--zone=trusted", option});
    }
    all.push_back({"--add-masquerade"});
    return all;
  }

  std::vector<std::vector<std::string>> missing(const host::Host& host, Set set) const {
    std::vector<std::vector<std::string>> lacking;
    for (const std::vector<std::string>& words : wanted()) {
      std::vector<std::string> query = words;
      for (std::string& word : query) {
        word = replace_all(word, "--add-", "--query-");
      }
      if (host.ask(firewall_cmd(set, query)).status != 0) {
        lacking.push_back(words);
      }
    }
    return lacking;
  }

  std::vector<std::string> options_;
  std::vector<std::string> trusted_;
};

}  // namespace

std::unique_ptr<steps::Action> open_firewall(const FirewallOpenings& openings) {
  return std::make_unique<OpenFirewall>(openings);
}

void undo_firewall(host::Host& host, const steps::Change& change) {
  const std::vector<std::string> added = json::texts_at(change.before, "added");
  if (added.empty() || !host::look_at(host, "firewalld").is_active) {
    return;
  }
  for (const std::string& words : added) {
    std::vector<std::string> argv{"firewall-cmd", "--permanent"};
    for (const std::string_view word : split_words(words)) {
      argv.push_back(replace_all(word, "--add-", "--remove-"));
    }
    host.run(argv);
  }
  host.run({"firewall-cmd", "--reload"});
}

}  // namespace bundle::actions
