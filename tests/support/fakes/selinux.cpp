#include "support/fakes/selinux.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/fakes/arguments.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kMode = "/sys/fs/selinux/enforce";

}  // namespace

void FakeSelinux::answer(FakeRunner& runner) {
  on(runner, {"getsebool"}, [this](const Command& command) { return get_boolean(command); });
  on(runner, {"setsebool"}, [this](const Command& command) { return set_boolean(command); });
  on(runner, {"setenforce"}, [this](const Command& command) { return set_mode(command); });
  on(runner, {"getenforce"}, [this](const Command& command) {
    if (command.argv.size() != 1) {
      return refuse(command);
    }
    const bool is_enforcing = trim(host_.read(kMode).value_or("")) == "1";
    return said(!is_on() ? "Disabled\n" : is_enforcing ? "Enforcing\n" : "Permissive\n");
  });
}

void FakeSelinux::describe(WorldState& state) const {
  const auto word = [](bool is_set) { return is_set ? "on" : "off"; };
  for (const auto& [name, boolean] : booleans) {
    state["selinux " + name] = fmt::format("{}, after boot {}", word(boolean.now), word(boolean.after_boot));
  }
}

bool FakeSelinux::is_on() const { return host_.exists(kMode); }

/// Source: getsebool(8).
CommandResult FakeSelinux::get_boolean(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({}, {}) || arguments.words.size() != 1) {
    return refuse(command);
  }
  if (!is_on()) {
    return failed(1, "getsebool:  SELinux is disabled\n");
  }
  const auto found = booleans.find(arguments.words[0]);
  return found == booleans.end()
             ? failed(1, "Error getting active value for " + arguments.words[0] + "\n")
             : said(fmt::format("{} --> {}\n", found->first, found->second.now ? "on" : "off"));
}

/// Source: setsebool(8): without -P the change ends with the next boot.
CommandResult FakeSelinux::set_boolean(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({}, {"-P"}) || arguments.words.size() != 2) {
    return refuse(command);
  }
  const std::string& value = arguments.words[1];
  if (value != "1" && value != "0" && value != "on" && value != "off") {
    return refuse(command);
  }
  const auto found = booleans.find(arguments.words[0]);
  if (!is_on() || found == booleans.end()) {
    return failed(1, is_on() ? "Boolean " + arguments.words[0] + " is not defined\n"
                             : "setsebool:  SELinux is disabled.\n");
  }
  found->second.now = value == "1" || value == "on";
  if (arguments.has("-P")) {
    midway();  // the policy is built anew, which takes half a minute
    found->second.after_boot = found->second.now;
  }
  return {};
}

CommandResult FakeSelinux::set_mode(const Command& command) {
  const std::string mode = command.argv.size() == 2 ? command.argv[1] : "";
  if (mode != "0" && mode != "1") {
    return refuse(command);
  }
  if (!is_on()) {
    return failed(1, "setenforce: SELinux is disabled\n");
  }
  host_.write(kMode, mode);
  return {};
}

}  // namespace bundle::test
