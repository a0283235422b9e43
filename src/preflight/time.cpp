#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "host/chrony.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

/// kubeadm dates its certificates back by five minutes (CertificateBackdate in cmd/kubeadm/app/constants);
/// more than that and they are "not yet valid" after the clock has jumped.
constexpr std::int64_t kBackdateSeconds = std::int64_t{5} * 60;
constexpr std::int64_t kYearSeconds = std::int64_t{365} * 24 * 3600;
/// A clock this long after the build is rather wrong than late: no Kubernetes is supported for so long.
constexpr std::int64_t kLateYears = 5;

void check_clock(Inspection& look) {
  const std::optional<std::int64_t> created = parse_utc(look.index.created);
  const std::int64_t now = look.host.now();
  if (!created) {
    return;
  }
  if (now < *created) {
    look.error(
        "clock-before-bundle",
        fmt::format(
            "the clock says {}, but the bundle was made at {}: certificates made now would not be valid "
            "where the clock is right",
            format_utc(now), look.index.created),
        "date -u -s 'YYYY-MM-DD HH:MM:SS' && hwclock --systohc --utc");
  } else if (now - *created > kLateYears * kYearSeconds) {
    look.warning("clock-far-ahead",
                 fmt::format("the clock says {}, more than {} years after the bundle was made ({})",
                             format_utc(now), kLateYears, look.index.created),
                 "if it is wrong: date -u -s 'YYYY-MM-DD HH:MM:SS' && hwclock --systohc --utc");
  }
}

/// A reboot takes the time from the hardware clock.
void check_hardware_clock(Inspection& look) {
  const std::optional<std::string> text = look.host.read("/sys/class/rtc/rtc0/since_epoch");
  const bool is_local = look.host.read("/etc/adjtime").value_or("").ends_with("LOCAL");
  if (!text || is_local) {
    return;
  }
  const auto hardware = static_cast<std::int64_t>(parse_unsigned(*text).value_or(0));
  const std::int64_t behind = look.host.now() - hardware;
  if (behind > kBackdateSeconds || behind < -kBackdateSeconds) {
    look.warning(
        "hardware-clock",
        fmt::format(
            "the hardware clock says {}, the system {}: after a reboot certificates may be not yet valid",
            format_utc(hardware), format_utc(look.host.now())),
        "hwclock --systohc --utc");
  }
}

void check_time_service(Inspection& look) {
  constexpr std::array kServices = {"chronyd", "ntpd", "systemd-timesyncd", "ptp4l", "phc2sys"};
  const bool is_kept = std::any_of(kServices.begin(), kServices.end(),
                                   [&](const char* name) { return look.is_running(name); });
  if (!is_kept && look.site.time_servers && (look.brings_package("chrony") || look.has_program("chronyd"))) {
    return;  // the installation sets it up
  }
  if (!is_kept) {
    look.warning(
        "no-time-service",
        fmt::format("no time service runs; nodes whose clocks differ refuse each other's certificates{}",
                    look.brings_package("chrony") ? " (the bundle brings chrony)" : ""),
        "'time: {servers: […]}' in the site file has the installation set chrony up; by hand: dnf install "
        "chrony "
        "&& systemctl enable --now chronyd");
    return;
  }
  const std::optional<CommandResult> tracking =
      look.is_running("chronyd") ? look.try_ask({"chronyc", "-n", "tracking"}) : std::nullopt;
  if (tracking && tracking->out.find("Not synchronised") != std::string::npos) {
    look.warning(
        "time-not-synchronised", "chronyd runs but follows no time server",
        "chronyc sources; add a server of this site to /etc/chrony.conf and systemctl restart chronyd");
  }
}

/// What the site file says of time takes the place of what the host follows.
void check_time_servers(Inspection& look) {
  if (!look.site.time_servers || look.resuming) {
    return;
  }
  std::vector<std::string> going;
  std::vector<std::string> names;
  for (const std::string& source : host::chrony_sources(look.host)) {
    const std::string name = source.substr(source.find(' ') + 1);
    const std::vector<std::string>& stay = *look.site.time_servers;
    // The pools that packages come with are nobody's choice.
    if (!name.ends_with(".pool.ntp.org") && std::find(stay.begin(), stay.end(), name) == stay.end()) {
      going.push_back(source);
      names.push_back(name);
    }
  }
  if (!going.empty()) {
    look.warning(
        "time-servers-go",
        fmt::format("'time:' in the site file replaces {}, by which this host follows {}",
                    host::kChronyConfig, join(going, ", ")),
        fmt::format("take 'time:' out of the site file to keep it as it is, or write time: {{servers: [{}]}}",
                    join(names, ", ")));
  }
}

}  // namespace

std::vector<NamedCheck> time_checks() {
  return {{"the clock", check_clock},
          {"the hardware clock", check_hardware_clock},
          {"the time service", check_time_service},
          {"the time servers", check_time_servers}};
}

}  // namespace bundle::preflight
