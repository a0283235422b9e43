#include "host/swap.hpp"

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"

namespace bundle::host {
namespace {

constexpr std::string_view kTarget = "swap.target";

/// Source: systemctl(1), UnitFileState; of a service only `enabled` says that a boot starts it.
bool starts_at_boot(const Host& host, const SwapUnit& unit, bool is_target_masked) {
  if (unit.state == "enabled" || unit.state == "enabled-runtime") {
    return true;
  }
  if (!unit.name.ends_with(".swap")) {
    return false;
  }
  if (unit.state == "static") {
    // Somebody's link in swap.target.wants, which only the target follows.
    return !is_target_masked || !is_administrators(host, unit);
  }
  return unit.state == "generated" || unit.state == "linked" || unit.state == "linked-runtime";
}

}  // namespace

SwapUnits swap_units(const Host& host) {
  const CommandResult listed = host.ask({"systemctl", "list-unit-files", "--no-legend", "--no-pager",
                                         std::string(kTarget), "*.swap", "zram*.service"});
  SwapUnits known;
  for (const std::string_view line : split(listed.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() < 2) {
      continue;
    }
    if (words[0] == kTarget) {
      known.is_target_masked = words[1].starts_with("masked");
    } else {
      known.units.push_back({.name = std::string(words[0]), .state = std::string(words[1])});
    }
  }
  return known;
}

std::vector<SwapUnit> units_at_boot(const Host& host, const SwapUnits& known) {
  std::vector<SwapUnit> found;
  std::copy_if(known.units.begin(), known.units.end(), std::back_inserter(found),
               [&](const SwapUnit& unit) { return starts_at_boot(host, unit, known.is_target_masked); });
  return found;
}

bool is_administrators(const Host& host, const SwapUnit& unit) {
  const std::string path = "/etc/systemd/system/" + unit.name;
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(host.at(path), error));
}

bool is_swap_line(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  return words.size() >= 3 && !words[0].starts_with('#') && words[2] == "swap";
}

}  // namespace bundle::host
