#include "support/fakes/network.hpp"

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

void FakeNetwork::describe(WorldState& state) const {
  for (const auto& [family, text] : rules) {
    if (!text.empty()) {
      state["netfilter " + family] = replace_all(text, "\n", "\\n");
    }
  }
}

}  // namespace bundle::test
