#include "host/swap.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

std::vector<std::string> at_boot(const Host& host) {
  std::vector<std::string> names;
  for (const SwapUnit& unit : units_at_boot(host, swap_units(host))) {
    names.push_back(unit.name);
  }
  return names;
}

}  // namespace

TEST_CASE("which unit files turn swap on at the next boot") {
  HealthyHost fake;
  CHECK(at_boot(fake.host).empty());  // no systemctl
  // Of systemd 252; 239 has no third column.
  fake.runner.on({"systemctl", "list-unit-files"}, {.out = "dev-a.swap          generated       -\n"
                                                           "dev-b.swap          enabled         disabled\n"
                                                           "dev-c.swap          static          -\n"
                                                           "dev-d.swap          linked          disabled\n"
                                                           "dev-e.swap          masked          disabled\n"
                                                           "dev-f.swap          disabled        disabled\n"
                                                           "swap.target         static          -\n"
                                                           "zram-a.service      enabled\n"
                                                           "zram-b.service      static\n"
                                                           "odd\n"});
  CHECK(at_boot(fake.host) ==
        std::vector<std::string>{"dev-a.swap", "dev-b.swap", "dev-c.swap", "dev-d.swap", "zram-a.service"});
  CHECK_FALSE(swap_units(fake.host).is_target_masked);
}

TEST_CASE("a masked swap.target keeps off what only its links pull in") {
  HealthyHost fake;
  fake.put("/etc/systemd/system/own.swap", "[Swap]\n");
  fake.link("/etc/systemd/system/linked.swap", "/dev/null");
  fake.runner.on({"systemctl", "list-unit-files"},
                 {.out = "swap.target masked\nown.swap static\nlib.swap static\n"});
  CHECK(swap_units(fake.host).is_target_masked);
  CHECK(at_boot(fake.host) == std::vector<std::string>{"lib.swap"});
  CHECK(is_administrators(fake.host, {.name = "own.swap", .state = "static"}));
  CHECK_FALSE(is_administrators(fake.host, {.name = "linked.swap", .state = "masked"}));
}

TEST_CASE("a line of /etc/fstab is for swap by its third word") {
  CHECK(is_swap_line("/dev/sda2 none swap defaults 0 0"));
  CHECK(is_swap_line("  UUID=1\tswap\tswap sw"));
  CHECK_FALSE(is_swap_line("# /dev/sda2 none swap defaults 0 0"));
  CHECK_FALSE(is_swap_line("/dev/sda1 /swap xfs defaults 0 0"));
  CHECK_FALSE(is_swap_line("/dev/sda2 none"));
  CHECK_FALSE(is_swap_line(""));
}

}  // namespace bundle::host
