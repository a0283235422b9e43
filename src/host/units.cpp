#include "host/units.hpp"

#include <sys/stat.h>

#include <ctime>

#include "base/text.hpp"

namespace bundle::host {

Unit look_at(const Host& host, const std::string& name) {
  const CommandResult shown =
      host.ask({"systemctl", "show", name,
                "--property=LoadState,UnitFileState,ActiveState,ExecMainStartTimestampMonotonic"});
  Unit unit;
  for (const std::string_view line : split(shown.out, '\n')) {
    unit.is_there |= line == "LoadState=loaded";
    unit.is_enabled |= line == "UnitFileState=enabled";
    unit.is_active |= line == "ActiveState=active";
    if (constexpr std::string_view kStarted = "ExecMainStartTimestampMonotonic=";
        line.starts_with(kStarted)) {
      unit.started_at_us = parse_unsigned(line.substr(kStarted.size())).value_or(0);
    }
  }
  return unit;
}

bool is_newer(const Host& host, const std::string& config, const Unit& unit) {
  struct stat status{};
  timespec monotonic{};
  if (config.empty() || ::stat(host.at(config).c_str(), &status) != 0 ||
      ::clock_gettime(CLOCK_MONOTONIC, &monotonic) != 0) {
    return false;
  }
  constexpr std::int64_t kMicro = 1'000'000;
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  const std::int64_t up_us = monotonic.tv_sec * kMicro + monotonic.tv_nsec / 1000;
  const std::int64_t wall_us = wall.tv_sec * kMicro + wall.tv_nsec / 1000;
  const std::int64_t written_us = status.st_mtim.tv_sec * kMicro + status.st_mtim.tv_nsec / 1000;
  return written_us > wall_us - up_us + static_cast<std::int64_t>(unit.started_at_us);
}

}  // namespace bundle::host
