#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

/// A unit file that can turn swap on: a .swap, written by a person, a package or a generator (zram-generator,
/// GPT, /etc/fstab), or a service of those that make a zram device by themselves.
struct SwapUnit {
  std::string name;
  std::string state;  ///< as `systemctl list-unit-files` has it: generated, enabled, static, masked, …
};

/// What systemd knows about swap; `is_target_masked`: nothing is pulled in by swap.target.
struct SwapUnits {
  std::vector<SwapUnit> units;
  bool is_target_masked = false;
};
SwapUnits swap_units(const Host& host);

/// Those that turn swap on at the next boot.
std::vector<SwapUnit> units_at_boot(const Host& host, const SwapUnits& known);

/// Whether somebody has written the unit into /etc/systemd/system: systemd does not mask such a one.
bool is_administrators(const Host& host, const SwapUnit& unit);

/// Whether a line of /etc/fstab is for swap. Source: fstab(5).
bool is_swap_line(std::string_view line);

}  // namespace bundle::host
