#include "support/fakes/systemd.hpp"

#include <fnmatch.h>

#include <ctime>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

constexpr int kNotLoaded = 5;  // systemctl(1), exit status: program not installed

std::string full_name(const std::string& name) {
  return name.find('.') == std::string::npos ? name + ".service" : name;
}

std::uint64_t real_monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// Source: systemctl(1), UnitFileState.
std::string file_state(const FakeSystemd::Unit& unit) {
  return unit.is_masked        ? "masked"
         : !unit.state.empty() ? unit.state
         : unit.is_enabled     ? "enabled"
                               : "disabled";
}

}  // namespace

void FakeSystemd::answer(FakeRunner& runner) {
  on(runner, {"systemctl"}, [this](const Command& command) { return reply(command); });
}

void FakeSystemd::describe(WorldState& state) const {
  for (const auto& [name, unit] : units) {
    if (!unit.file.empty() && !host_.exists(unit.file) && !unit.is_active && !unit.is_enabled) {
      continue;  // systemd forgets what nothing refers to
    }
    state["unit " + name] = fmt::format("{} {} {}", unit.is_loaded ? "loaded" : "not-found", file_state(unit),
                                        unit.is_active ? "active" : "inactive");
    state["history unit " + name] = fmt::format("{} starts", unit.starts);
  }
}

void FakeSystemd::load_on_demand(const std::string& name) {
  const std::string file = "/etc/systemd/system/" + full_name(name);
  if (const std::optional<std::string> text = host_.read(file)) {
    units.try_emplace(full_name(name), Unit{.file = file, .text = *text});
  }
}

bool FakeSystemd::needs_reload(const Unit& unit) const {
  return unit.is_loaded && !unit.file.empty() && host_.read(unit.file) != unit.text;
}

FakeSystemd::Unit* FakeSystemd::find(const std::string& name) {
  load_on_demand(name);
  const auto found = units.find(full_name(name));
  return found == units.end() ? nullptr : &found->second;
}

bool FakeSystemd::is_active(const std::string& name) const {
  const auto found = units.find(full_name(name));
  return found != units.end() && found->second.is_active;
}

bool FakeSystemd::start(const std::string& name) {
  Unit* unit = find(name);
  if (unit == nullptr || !unit->is_loaded || unit->is_masked || unit->fails_to_start) {
    return false;
  }
  if (!unit->is_active) {
    unit->is_active = true;
    unit->started_at_us = monotonic_us ? monotonic_us() : real_monotonic_us();
    ++unit->starts;
    changed(full_name(name), true);
  }
  return true;
}

void FakeSystemd::stop(const std::string& name) {
  Unit* unit = find(name);
  if (unit != nullptr && unit->is_active) {
    unit->is_active = false;
    changed(full_name(name), false);
    if (!unit->is_loaded) {
      units.erase(full_name(name));
    }
  }
}

void FakeSystemd::load_units() {
  generate();
  for (auto row = units.begin(); row != units.end();) {
    Unit& unit = row->second;
    unit.is_loaded = unit.file.empty() || host_.exists(unit.file);
    row = unit.is_loaded || unit.is_active ? std::next(row) : units.erase(row);
  }
  for (const std::string folder : {"/etc/systemd/system", "/usr/lib/systemd/system"}) {
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(host_.at(folder), absent)) {
      const std::string name = entry.path().filename().string();
      const bool is_unit =
          name.ends_with(".service") || name.ends_with(".socket") || name.ends_with(".timer");
      if (const std::string file = folder + "/" + name; is_unit && entry.is_regular_file()) {
        units.try_emplace(name, Unit{.file = file}).first->second.text = host_.read(file).value_or("");
      }
    }
  }
}

CommandResult FakeSystemd::reply(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"-p", "--property", "--lines", "-n"});
  if (arguments.are({"show"}, {"--property", "-p", "--value"}) && arguments.words.size() == 2) {
    return show(command, arguments);
  }
  if (arguments.are({"enable"}, {"--now"})) {
    return enable(arguments, true);
  }
  if (arguments.are({"disable"}, {"--now"})) {
    return enable(arguments, false);
  }
  if (arguments.are({"mask"}, {}) || arguments.are({"unmask"}, {})) {
    return mask(arguments, arguments.words[0] == "mask");
  }
  if (arguments.are({"list-unit-files"}, {"--no-legend", "--no-pager"})) {
    return list_files(arguments);
  }
  if (arguments.are({"start"}, {}) || arguments.are({"restart"}, {})) {
    return start_all(arguments, arguments.words[0] == "restart");
  }
  if (arguments.are({"stop"}, {})) {
    return stop_all(arguments);
  }
  if (arguments.are({"daemon-reload"}, {})) {
    load_units();
    return {};
  }
  const bool asks = arguments.are({"is-active"}, {"--quiet", "-q"}) ||
                    arguments.are({"is-enabled"}, {"--quiet", "-q"}) ||
                    arguments.are({"status"}, {"--no-pager", "--lines", "-n"});
  return asks && arguments.words.size() == 2 ? tell_state(arguments) : refuse(command);
}

/// `KEY=VALUE` lines; a unit that is not there is no error. Source: systemctl(1), show;
/// org.freedesktop.systemd1(5).
CommandResult FakeSystemd::show(const Command& command, const Arguments& arguments) {
  const Unit* unit = find(arguments.words[1]);
  const bool is_masked = unit != nullptr && unit->is_masked;
  const bool is_loaded = unit != nullptr && unit->is_loaded && !is_masked;
  const std::string started = unit == nullptr ? "0" : std::to_string(unit->started_at_us);
  const bool is_active = unit != nullptr && unit->is_active;
  const std::map<std::string, std::string, std::less<>> known{
      {"Id", full_name(arguments.words[1])},
      {"LoadState", is_masked   ? "masked"
                    : is_loaded ? "loaded"
                                : "not-found"},
      {"UnitFileState", is_masked || is_loaded ? file_state(*unit) : ""},
      {"ActiveState", is_active ? "active" : "inactive"},
      {"SubState", is_active ? "running" : "dead"},
      {"InvocationID", unit == nullptr ? "" : unit->invocation()},
      {"ActiveEnterTimestampMonotonic", started},
      {"ExecMainStartTimestampMonotonic", started},
      {"Result", "success"},
      {"NeedDaemonReload", unit != nullptr && needs_reload(*unit) ? "yes" : "no"}};
  std::string text;
  for (const std::string& list : {arguments.value("--property"), arguments.value("-p")}) {
    for (const std::string_view name : split(list, ',')) {
      if (const auto row = known.find(name); row != known.end()) {
        text += arguments.has("--value") ? row->second + "\n" : fmt::format("{}={}\n", name, row->second);
      } else if (!name.empty()) {
        return refuse(command);
      }
    }
  }
  return text.empty() ? refuse(command) : said(text);
}

CommandResult FakeSystemd::enable(const Arguments& arguments, bool is_enabled) {
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::string name = full_name(arguments.words[i]);
    Unit* unit = find(name);
    if (unit == nullptr || !unit->is_loaded) {
      return failed(
          1, fmt::format("Failed to {} unit: Unit file {} does not exist.\n", arguments.words[0], name));
    }
    unit->is_enabled = is_enabled;
  }
  if (!arguments.has("--now")) {
    return {};
  }
  return is_enabled ? start_all(arguments, false) : stop_all(arguments);
}

/// A link to /dev/null in /etc/systemd/system, where nothing else of that name may be.
CommandResult FakeSystemd::mask(const Arguments& arguments, bool is_masked) {
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::string name = full_name(arguments.words[i]);
    const std::string file = "/etc/systemd/system/" + name;
    if (is_masked && host_.exists(file)) {
      return failed(1, fmt::format("Failed to mask unit: File {} already exists.\n", file));
    }
    if (Unit* unit = find(name)) {
      unit->is_masked = is_masked;
    }
  }
  return {};
}

CommandResult FakeSystemd::list_files(const Arguments& arguments) const {
  std::string text;
  for (const auto& [name, unit] : units) {
    bool is_asked = arguments.words.size() == 1;
    for (std::size_t i = 1; i < arguments.words.size(); ++i) {
      is_asked = is_asked || ::fnmatch(arguments.words[i].c_str(), name.c_str(), 0) == 0;
    }
    if (is_asked && unit.is_loaded) {
      text += fmt::format("{} {} {}\n", name, file_state(unit), "-");
    }
  }
  return said(text);
}

CommandResult FakeSystemd::start_all(const Arguments& arguments, bool again) {
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::string name = full_name(arguments.words[i]);
    if (const Unit* unit = find(name); unit == nullptr || !unit->is_loaded) {
      return failed(kNotLoaded,
                    fmt::format("Failed to {} {}: Unit {} not found.\n", arguments.words[0], name, name));
    }
    if (again) {
      stop(name);
    }
    if (!start(name)) {
      return failed(
          1, fmt::format("Job for {} failed because the control process exited with error code.\n", name));
    }
  }
  return {};
}

CommandResult FakeSystemd::stop_all(const Arguments& arguments) {
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::string name = full_name(arguments.words[i]);
    if (find(name) == nullptr) {
      return failed(kNotLoaded, fmt::format("Failed to stop {}: Unit {} not loaded.\n", name, name));
    }
    stop(name);
  }
  return {};
}

/// Source: systemctl(1), exit status: 3 is not active, 4 no such unit.
CommandResult FakeSystemd::tell_state(const Arguments& arguments) {
  const Unit* unit = find(arguments.words[1]);
  const std::string& verb = arguments.words[0];
  if (verb == "is-enabled") {
    return unit == nullptr ? failed(1, "Failed to get unit file state: No such file or directory\n")
           : unit->is_enabled && !unit->is_masked
               ? said("enabled\n")
               : CommandResult{.status = unit->is_masked || unit->state.empty() ? 1 : 0,
                               .out = file_state(*unit) + "\n"};
  }
  const std::string state = unit != nullptr && unit->is_active ? "active" : "inactive";
  const int status = unit == nullptr ? 4 : unit->is_active ? 0 : 3;
  return {.status = status,
          .out = verb == "status" ? fmt::format("{}\n     Active: {}\n", full_name(arguments.words[1]), state)
                                  : state + "\n"};
}

}  // namespace bundle::test
