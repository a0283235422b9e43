#include "host/units.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("a unit is what systemctl shows of it") {
  HealthyHost fake;
  fake.runner.on({"systemctl", "show", "a.service"},
                 {.out = "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\n"
                         "InvocationID=0123456789abcdef0123456789abcdef\n"});
  const Unit unit = look_at(fake.host, "a.service");
  CHECK(unit.is_there);
  CHECK(unit.is_enabled);
  CHECK(unit.is_active);
  CHECK(unit.invocation == "0123456789abcdef0123456789abcdef");
  fake.runner.on({"systemctl", "show", "b.service"},
                 {.out = "LoadState=not-found\nUnitFileState=\nActiveState=inactive\n"});
  CHECK_FALSE(look_at(fake.host, "b.service").is_there);
  CHECK_FALSE(look_at(fake.host, "b.service").is_active);
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
                         "InvocationID=\n"});
  unit = look_at(fake.host, "a.service");
  CHECK(unit.is_there);
  CHECK_FALSE(unit.is_enabled);
  CHECK_FALSE(unit.is_active);
  CHECK(unit.invocation.empty());
}

TEST_CASE("a host without systemd has no unit") {
  HealthyHost fake;
  CHECK_FALSE(look_at(fake.host, "a.service").is_there);
  CHECK(fake.runner.ran() ==
        std::vector<std::string>{"systemctl show a.service "
                                 "--property=LoadState,UnitFileState,ActiveState,InvocationID"});
}

}  // namespace bundle::host
