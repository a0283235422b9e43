#include "survey/timers.hpp"

#include <array>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/state_folder.hpp"
#include "host/units.hpp"
#include "survey/api.hpp"

namespace bundle::survey {
namespace {

constexpr std::size_t kMostBytes = 500;
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kTimers{
    {{host::kCertificatesUnit, "renewal of the certificates"}, {host::kSnapshotsUnit, "snapshot of etcd"}}};

/// What the program has said of its last run, else what systemd says of it: that it was killed, or could not
/// even start. Source: systemd.exec(5), $SERVICE_RESULT.
std::string fault_of(const host::Host& host, std::string_view unit) {
  constexpr std::string_view kResult = "Result=";
  if (const std::optional<std::string> said = host.read(host::fault_path(unit))) {
    return escaped(said->substr(0, said->find('\n')), kMostBytes);
  }
  const CommandResult shown =
      host.ask_in_time({"systemctl", "show", fmt::format("{}.service", unit), "--property=Result"});
  const std::string_view result = trim(shown.out);
  const bool is_known = shown.status == 0 && result.starts_with(kResult);
  return !is_known || result == "Result=success" ? std::string()
                                                 : escaped(result.substr(kResult.size()), kMostBytes);
}

}  // namespace

std::vector<Timer> timers_of(const host::Host& host) {
  std::vector<Timer> timers;
  for (const auto& [unit, does] : kTimers) {
    const host::Unit now = host::look_at(host, fmt::format("{}.timer", unit));
    if (now.is_there) {
      timers.push_back({.unit = std::string(unit),
                        .does = std::string(does),
                        .is_on = now.is_enabled && now.is_active,
                        .is_wanted = now.is_enabled,
                        .fault = fault_of(host, unit)});
    }
  }
  return timers;
}

}  // namespace bundle::survey
