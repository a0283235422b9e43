#include "host/kernel.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("the last file that sets a parameter wins, whatever folder it lies in") {
  HealthyHost fake;
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}).empty());
  fake.put("/usr/lib/sysctl.d/50-default.conf", "net.ipv4.ip_forward = 0\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}) == "/usr/lib/sysctl.d/50-default.conf");
  fake.put("/etc/sysctl.d/50-default.conf", "# masks the one in /usr/lib\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}).empty());
  fake.put("/run/sysctl.d/99-a.conf", "net/ipv4/ip_forward=0\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}) == "/run/sysctl.d/99-a.conf");
  fake.put("/etc/sysctl.conf", "-net.ipv4.ip_forward = 1\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}).empty());
}

TEST_CASE("a module is there when it is loaded, built in, or seen by what it does") {
  HealthyHost fake;
  CHECK(has_module(fake.host, "br_netfilter"));
  fake.remove("/sys/module/br_netfilter");
  CHECK_FALSE(has_module(fake.host, "br_netfilter"));
  fake.put("/proc/sys/net/bridge/x", "");
  CHECK(has_module(fake.host, "br_netfilter"));
  CHECK(has_module(fake.host, "overlay"));
  fake.put("/proc/filesystems", "nodev\tproc\n");
  CHECK_FALSE(has_module(fake.host, "overlay"));
  CHECK_FALSE(has_module(fake.host, "no_such"));
  CHECK(proc_path("net.ipv4.ip_forward") == "/proc/sys/net/ipv4/ip_forward");
}

TEST_CASE("of two lines in one file the later one counts, and lines that set nothing do not") {
  HealthyHost fake;
  fake.put("/etc/sysctl.d/10-a.conf", "net.ipv4.ip_forward = 1\nnet.ipv4.ip_forward = 0\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}) == "/etc/sysctl.d/10-a.conf");
  fake.put(
      "/etc/sysctl.d/10-a.conf",
      "net.ipv4.ip_forward=0\n  net.ipv4.ip_forward\t=  1  \n# net.ipv4.ip_forward = 0\nnet.ipv4.ip_forward\n"
      "net.ipv4.ip_forward_use_pmtu = 0\n");
  CHECK(overriding_file(fake.host, {"net.ipv4.ip_forward", "1"}).empty());
}

TEST_CASE("only files that end in .conf are read, in the order of their names") {
  HealthyHost fake;
  fake.put("/etc/sysctl.d/99-z.conf.rpmsave", "vm.swappiness = 1\n");
  fake.put("/etc/sysctl.d/README", "vm.swappiness = 1\n");
  CHECK(overriding_file(fake.host, {"vm.swappiness", "60"}).empty());
  fake.put("/etc/sysctl.d/20-b.conf", "vm.swappiness = 60\n");
  fake.put("/usr/lib/sysctl.d/30-c.conf", "vm.swappiness = 10\n");
  CHECK(overriding_file(fake.host, {"vm.swappiness", "60"}) == "/usr/lib/sysctl.d/30-c.conf");
  fake.put("/run/sysctl.d/40-d.conf", "vm.swappiness = 60\n");
  CHECK(overriding_file(fake.host, {"vm.swappiness", "60"}).empty());
}

TEST_CASE("a parameter of which the host has more is its own, but what our own file made is not") {
  HealthyHost fake;
  const Sysctl wanted{.name = "fs.inotify.max_user_watches", .value = "524288", .at_least = true};
  const auto is_now = [&](const std::string& value) {
    fake.put("/proc/sys/fs/inotify/max_user_watches", value);
  };
  CHECK_FALSE(has_more(fake.host, wanted, "99-bundle.conf"));
  is_now("65536\n");
  CHECK_FALSE(has_more(fake.host, wanted, "99-bundle.conf"));
  is_now("1048576\n");  // the kernel's own default on a large machine
  CHECK(has_more(fake.host, wanted, "99-bundle.conf"));
  SUBCASE("a file sets less at the next boot") {
    fake.put("/etc/sysctl.d/10-a.conf", "fs.inotify.max_user_watches = 8192\n");
    CHECK_FALSE(has_more(fake.host, wanted, "99-bundle.conf"));
    fake.put("/etc/sysctl.d/20-b.conf", "fs.inotify.max_user_watches = 600000\n");
    CHECK(has_more(fake.host, wanted, "99-bundle.conf"));
  }
  SUBCASE("our own file of an earlier run says it") {
    fake.put("/etc/sysctl.d/99-bundle.conf", "fs.inotify.max_user_watches = 524288\n");
    CHECK_FALSE(has_more(fake.host, wanted, "99-bundle.conf"));
    fake.put("/etc/sysctl.d/10-a.conf", "fs.inotify.max_user_watches = 1048576\n");
    CHECK(has_more(fake.host, wanted, "99-bundle.conf"));
  }
  SUBCASE("of a parameter that must have one value there is no more") {
    CHECK_FALSE(has_more(fake.host, {"fs.inotify.max_user_watches", "524288"}, "99-bundle.conf"));
  }
  SUBCASE("what is no number is no more") {
    is_now("many\n");
    CHECK_FALSE(has_more(fake.host, wanted, "99-bundle.conf"));
  }
}

TEST_CASE("connection tracking that is built in is seen by what it shows") {
  HealthyHost fake;
  fake.remove("/sys/module/nf_conntrack");
  CHECK_FALSE(has_module(fake.host, "nf_conntrack"));
  fake.put("/proc/sys/net/netfilter/nf_conntrack_max", "1\n");
  CHECK(has_module(fake.host, "nf_conntrack"));
  fake.put("/proc/filesystems", "nodev\tmy_overlay\n");
  CHECK_FALSE(has_module(fake.host, "overlay"));
  fake.put("/sys/module/overlay/x", "");
  CHECK(has_module(fake.host, "overlay"));
}

}  // namespace bundle::host
