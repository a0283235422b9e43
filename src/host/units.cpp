#include "host/units.hpp"

#include "base/text.hpp"

namespace bundle::host {

/// InvocationID: systemd.exec(5), "Environment Variables in Spawned Processes"; systemd 232 and later have
/// it.
Unit look_at(const Host& host, const std::string& name) {
  const CommandResult shown =
      host.ask({"systemctl", "show", name, "--property=LoadState,UnitFileState,ActiveState,InvocationID"});
  Unit unit;
  for (const std::string_view line : split(shown.out, '\n')) {
    unit.is_there |= line == "LoadState=loaded";
    unit.is_enabled |= line == "UnitFileState=enabled";
    unit.is_active |= line == "ActiveState=active";
    if (constexpr std::string_view kInvocation = "InvocationID="; line.starts_with(kInvocation)) {
      unit.invocation = line.substr(kInvocation.size());
    }
  }
  return unit;
}

}  // namespace bundle::host
