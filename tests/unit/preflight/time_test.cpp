#include <doctest/doctest.h>

#include "base/text.hpp"
#include "fake_host.hpp"

namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;
using test::warning;

TEST_CASE_FIXTURE(FakeHost, "a clock before the bundle was made is an error") {
  now = 0;
  CHECK(only(time_checks()) ==
        error("clock-before-bundle",
              "the clock says 1970-01-01T00:00:00Z, but the bundle was made at 2026-11-21T20:00:00Z: "
              "certificates made now would not be valid where the clock is right",
              "date -u -s '2026-11-21 20:00:00' && hwclock --systohc --utc  # the earliest that the bundle "
              "takes: say what time it is now"));
  now = *parse_utc("2026-11-21T19:59:59Z");
  CHECK(only(time_checks()).id == "clock-before-bundle");
  now = *parse_utc("2026-11-21T20:00:00Z");
  CHECK(found_by(time_checks()).empty());
}

TEST_CASE_FIXTURE(
    FakeHost, "a clock before the bundle is set from a hardware clock that can be right, and from no other") {
  now = 0;
  put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-22T00:00:00Z")));
  CHECK(found_by(time_checks()).front().fix ==
        "hwclock --hctosys --utc  # the hardware clock says 2026-11-22T00:00:00Z");
  for (const std::string& text : {std::to_string(*parse_utc("2026-11-21T19:59:59Z")), std::string("0"),
                                  std::string("18446744073709551615"), std::string("no clock")}) {
    CAPTURE(text);
    put("/sys/class/rtc/rtc0/since_epoch", text);
    CHECK(found_by(time_checks()).front().fix.starts_with("date -u -s '2026-11-21 20:00:00'"));
  }
  put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-22T00:00:00Z")));
  put("/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n");
  CHECK(found_by(time_checks()).front().fix.starts_with("date -u -s"));
}

TEST_CASE_FIXTURE(FakeHost, "clocks at both ends of time are found out as any other") {
  put("/sys/class/rtc/rtc0/since_epoch", "9223372036854775807");
  now = INT64_MIN;
  CHECK(found_by(time_checks()).front().id == "clock-before-bundle");
  CHECK(found_by(time_checks()).back().id == "hardware-clock");
  now = INT64_MAX;
  CHECK(only(time_checks()).id == "clock-far-ahead");
  put("/sys/class/rtc/rtc0/since_epoch", "0");
  CHECK(found_by(time_checks()).size() == 2);
}

TEST_CASE_FIXTURE(FakeHost, "a clock many years after the bundle was made is a warning") {
  now = *parse_utc("2036-01-01T00:00:00Z");
  CHECK(only(time_checks()) ==
        warning("clock-far-ahead",
                "the clock says 2036-01-01T00:00:00Z, more than 5 years after the bundle was made "
                "(2026-11-21T20:00:00Z)",
                "if it is wrong: date -u -s 'YYYY-MM-DD HH:MM:SS' && hwclock --systohc --utc"));
  // Five years of 365 days.
  now = *parse_utc("2031-11-20T20:00:00Z");
  CHECK(found_by(time_checks()).empty());
  now = *parse_utc("2031-11-20T20:00:01Z");
  CHECK(only(time_checks()).id == "clock-far-ahead");
}

TEST_CASE_FIXTURE(FakeHost, "a bundle that says no time is compared with nothing") {
  index.created = "yesterday";
  now = 0;
  CHECK(found_by(time_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "a hardware clock that says another time is a warning") {
  put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-21T23:50:00Z")));
  CHECK(only(time_checks()) ==
        warning("hardware-clock",
                "the hardware clock says 2026-11-21T23:50:00Z, the system 2026-11-22T00:00:00Z: after a "
                "reboot certificates may be not yet valid",
                "hwclock --systohc --utc"));
  SUBCASE("ahead of the system") {
    put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-22T00:05:01Z")));
    CHECK(only(time_checks()).id == "hardware-clock");
  }
  SUBCASE("within the five minutes by which kubeadm dates its certificates back") {
    put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-22T00:05:00Z")));
    CHECK(found_by(time_checks()).empty());
    put("/sys/class/rtc/rtc0/since_epoch", std::to_string(*parse_utc("2026-11-21T23:55:00Z")));
    CHECK(found_by(time_checks()).empty());
  }
  SUBCASE("one that keeps local time is not compared") {
    put("/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n");
    CHECK(found_by(time_checks()).empty());
    put("/etc/adjtime", "0.0 0 0.0\n0\nUTC\n");
    CHECK(only(time_checks()).id == "hardware-clock");
  }
}

TEST_CASE_FIXTURE(FakeHost, "a clock that nothing keeps is a warning") {
  put("/proc/100/comm", "sshd\n");
  const std::string fix =
      "'time: {servers: […]}' in the site file has the installation set chrony up; by hand: dnf install "
      "chrony "
      "&& systemctl enable --now chronyd";
  CHECK(only(time_checks()) ==
        warning("no-time-service",
                "no time service runs; nodes whose clocks differ refuse each other's certificates", fix));
  SUBCASE("that the bundle brings one is said") {
    index.rpms = {{.nevra = "chrony-4.5-1.el9.x86_64"}};
    CHECK(only(time_checks()) ==
          warning("no-time-service",
                  "no time service runs; nodes whose clocks differ refuse each other's certificates (the "
                  "bundle brings chrony)",
                  fix));
  }
  SUBCASE("any of these keeps it") {
    for (const char* name : {"chronyd", "ntpd", "systemd-timesyncd", "ptp4l", "phc2sys"}) {
      CAPTURE(name);
      put("/proc/100/comm", std::string(name).substr(0, 15) + "\n");  // as the kernel cuts it
      CHECK(found_by(time_checks()).empty());
    }
  }
}

TEST_CASE_FIXTURE(FakeHost, "a clock that the installation will keep is no finding") {
  put("/proc/100/comm", "sshd\n");
  site.time_servers.emplace();
  CHECK(only(time_checks()).id == "no-time-service");  // with which chrony?
  put("/usr/sbin/chronyd", "");
  CHECK(found_by(time_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "the host's time servers that the site file lets go are named") {
  put("/etc/chrony.conf",
      "server ntp1.bank.example iburst\nserver 10.20.0.5 iburst prefer\npool 2.rhel.pool.ntp.org iburst\n");
  CHECK(found_by(time_checks()).empty());  // no 'time:': they stay
  site.time_servers.emplace();
  CHECK(only(time_checks()) ==
        warning("time-servers-go",
                "'time:' in the site file replaces /etc/chrony.conf, by which this host follows server "
                "ntp1.bank.example, server 10.20.0.5",
                "take 'time:' out of the site file to keep it as it is, or write time: {servers: "
                "[ntp1.bank.example, 10.20.0.5]}"));
  site.time_servers = std::vector<std::string>{"10.20.0.5"};
  CHECK(only(time_checks()).seen.ends_with("follows server ntp1.bank.example"));
  site.time_servers = std::vector<std::string>{"10.20.0.5", "ntp1.bank.example"};
  CHECK(found_by(time_checks()).empty());
  site.time_servers.emplace();
  resuming = true;
  CHECK(found_by(time_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "a chronyd that follows nobody is a warning") {
  runner.on({"chronyc"}, {.out = "Leap status     : Not synchronised\n"});
  CHECK(only(time_checks()) ==
        warning("time-not-synchronised", "chronyd runs but follows no time server",
                "chronyc sources; add a server of this site to /etc/chrony.conf and systemctl restart "
                "chronyd"));
  SUBCASE("of another service chronyc is not asked") {
    put("/proc/100/comm", "ntpd\n");
    CHECK(found_by(time_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost,
                  "without chronyc nothing is known of whom chronyd follows, and that is no finding") {
  runner.on({"chronyc"}, bundle::test::FakeRunner::Answer([](const Command&) -> CommandResult {
              fail(ErrorKind::usage, "cannot run chronyc: not found");
            }));
  CHECK(found_by(time_checks()).empty());
}

}  // namespace
}  // namespace bundle::preflight
