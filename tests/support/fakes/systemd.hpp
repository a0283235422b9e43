#pragma once

#include <fmt/core.h>

#include <cstdint>

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// systemctl. A name without a suffix is a service.
class FakeSystemd final : public FakeProgram {
 public:
  struct Unit {
    bool is_loaded = true;  ///< false: it still runs, but its file is gone
    bool is_enabled = false;
    bool is_active = false;
    bool fails_to_start = false;
    std::uint64_t started_at_us = 0;  ///< of the monotonic clock
    unsigned starts = 0;
    std::string file;  ///< the unit file that it was loaded from; empty for one that a test put here
    std::string text;  ///< of that file, as it was then
    bool is_masked = false;
    std::string state;  ///< of a unit file that is neither enabled nor disabled: generated, static

    /// Another one for each start; empty while it never ran.
    std::string invocation() const {
      return starts == 0 && !is_active ? std::string() : fmt::format("{:032x}", starts + 1);
    }
  };

  explicit FakeSystemd(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  bool is_active(const std::string& name) const;
  /// As `systemctl start` and `stop` do; start is false for a unit that is not there or fails.
  bool start(const std::string& name);
  void stop(const std::string& name);
  /// daemon-reload: units by the files that the host has now. RPM's triggers do that as well.
  void load_units();

  std::map<std::string, Unit> units;            ///< by full name
  std::function<void()> generate = [] {};       ///< the generators, which run at each daemon-reload
  std::function<std::uint64_t()> monotonic_us;  ///< the real CLOCK_MONOTONIC at first
  /// Called after a unit has started or stopped.
  std::function<void(const std::string& name, bool is_active)> changed = [](const std::string&, bool) {};

 private:
  Unit* find(const std::string& name);
  /// As systemd does with a unit that is asked for and not loaded yet.
  void load_on_demand(const std::string& name);
  bool needs_reload(const Unit& unit) const;
  CommandResult reply(const Command& command);
  CommandResult show(const Command& command, const Arguments& arguments);
  CommandResult enable(const Arguments& arguments, bool is_enabled);
  CommandResult start_all(const Arguments& arguments, bool again);
  CommandResult stop_all(const Arguments& arguments);
  CommandResult mask(const Arguments& arguments, bool is_masked);
  CommandResult list_files(const Arguments& arguments) const;
  CommandResult tell_state(const Arguments& arguments);

  HostFolder host_;
};

}  // namespace bundle::test
