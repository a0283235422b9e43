#include "host/units.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <filesystem>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("a unit is what systemctl shows of it") {
  HealthyHost fake;
  fake.runner.on({"systemctl", "show", "a.service"},
                 {.out = "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\n"
                         "ExecMainStartTimestampMonotonic=1500\n"});
  const Unit unit = look_at(fake.host, "a.service");
  CHECK(unit.is_there);
  CHECK(unit.is_enabled);
  CHECK(unit.is_active);
  CHECK(unit.started_at_us == 1500);
  fake.runner.on({"systemctl", "show", "b.service"},
                 {.out = "LoadState=not-found\nUnitFileState=\nActiveState=inactive\n"});
  CHECK_FALSE(look_at(fake.host, "b.service").is_there);
  CHECK_FALSE(look_at(fake.host, "b.service").is_active);
  fake.put("/etc/a.conf", "x");
  CHECK(is_newer(fake.host, "/etc/a.conf", {.started_at_us = 1}));
  CHECK_FALSE(is_newer(fake.host, "/etc/a.conf", {.started_at_us = UINT64_MAX / 4}));
  CHECK_FALSE(is_newer(fake.host, "/etc/none.conf", {}));
  CHECK_FALSE(is_newer(fake.host, "", {}));
}

TEST_CASE("a unit that is static, masked, starting or failed is neither enabled nor active") {
  HealthyHost fake;
  fake.runner.on({"systemctl", "show"},
                 {.out = "LoadState=masked\nUnitFileState=masked\nActiveState=failed\n"});
  Unit unit = look_at(fake.host, "a.service");
  CHECK_FALSE(unit.is_there);
  CHECK_FALSE(unit.is_enabled);
  CHECK_FALSE(unit.is_active);
  fake.runner.on({"systemctl", "show"},
                 {.out = "LoadState=loaded\nUnitFileState=enabled-runtime\nActiveState=activating\n"
                         "ExecMainStartTimestampMonotonic=\n"});
  unit = look_at(fake.host, "a.service");
  CHECK(unit.is_there);
  CHECK_FALSE(unit.is_enabled);
  CHECK_FALSE(unit.is_active);
  CHECK(unit.started_at_us == 0);
}

TEST_CASE("a host without systemd has no unit") {
  HealthyHost fake;
  CHECK_FALSE(look_at(fake.host, "a.service").is_there);
  CHECK(fake.runner.ran() ==
        std::vector<std::string>{
            "systemctl show a.service "
            "--property=LoadState,UnitFileState,ActiveState,ExecMainStartTimestampMonotonic"});
}

TEST_CASE("what was written an hour before the start is older, an hour after it newer") {
  HealthyHost fake;
  fake.put("/etc/a.conf", "x");
  timespec up{};
  REQUIRE(::clock_gettime(CLOCK_MONOTONIC, &up) == 0);
  const Unit unit{.started_at_us = static_cast<std::uint64_t>(up.tv_sec) * 1'000'000};  // it started just now
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(fake.host.at("/etc/a.conf"), now - std::chrono::hours(1));
  CHECK_FALSE(is_newer(fake.host, "/etc/a.conf", unit));
  std::filesystem::last_write_time(fake.host.at("/etc/a.conf"), now + std::chrono::hours(1));
  CHECK(is_newer(fake.host, "/etc/a.conf", unit));
}

}  // namespace bundle::host
