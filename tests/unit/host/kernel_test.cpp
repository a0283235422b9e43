#include "host/kernel.hpp"

#include <doctest/doctest.h>

#include "host/sockets.hpp"
#include "host/state_folder.hpp"
#include "host/units.hpp"
#include "support/healthy_host.hpp"

// With the other small looks at a machine: sockets, units, our own folder.
namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("the last file that sets a parameter wins, whatever folder it lies in") {
  HealthyHost fake;
  CHECK(overriding_file(fake.host, "net.ipv4.ip_forward", "1").empty());
  fake.put("/usr/lib/sysctl.d/50-default.conf", "net.ipv4.ip_forward = 0\n");
  CHECK(overriding_file(fake.host, "net.ipv4.ip_forward", "1") == "/usr/lib/sysctl.d/50-default.conf");
  fake.put("/etc/sysctl.d/50-default.conf", "# masks the one in /usr/lib\n");
  CHECK(overriding_file(fake.host, "net.ipv4.ip_forward", "1").empty());
  fake.put("/run/sysctl.d/99-a.conf", "net/ipv4/ip_forward=0\n");
  CHECK(overriding_file(fake.host, "net.ipv4.ip_forward", "1") == "/run/sysctl.d/99-a.conf");
  fake.put("/etc/sysctl.conf", "-net.ipv4.ip_forward = 1\n");
  CHECK(overriding_file(fake.host, "net.ipv4.ip_forward", "1").empty());
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

TEST_CASE("sockets that listen are found in both families, others are not") {
  HealthyHost fake;
  const std::string head = "  sl  local_address rem_address   st\n";
  fake.put("/proc/net/tcp", head +
                                "   0: 00000000:0016 00000000:0000 0A 0 0 0 0 0 11 1 0\n"
                                "   1: 0100007F:0050 0100007F:1234 01 0 0 0 0 0 12 1 0\n");
  fake.put("/proc/net/tcp6", head + "   0: 00000000000000000000000000000000:01BB 0:0 0A 0 0 0 0 0 13 1 0\n");
  fake.put("/proc/net/udp", head + "   0: 00000000:0035 00000000:0000 07 0 0 0 0 0 14 1 0\n");
  CHECK(listeners(fake.host, spec::Transport::tcp) ==
        std::map<std::uint64_t, std::string>{{22, "11"}, {443, "13"}});
  CHECK(listeners(fake.host, spec::Transport::udp) == std::map<std::uint64_t, std::string>{{53, "14"}});
  fake.put("/proc/7/comm", "sshd\n");
  fake.link("/proc/7/fd/3", "socket:[11]");
  CHECK(owner_of(fake.host, "11") == "sshd (pid 7)");
  CHECK(owner_of(fake.host, "13").empty());
}

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

TEST_CASE("what was unpacked goes, the journal and the logs stay") {
  HealthyHost fake;
  for (const char* path : {"rpms/x", "charts/x", "manifests/x", "bin/helm", "dnf/x", "site/x", "backup/x",
                           "kubectl/x", "patches/x", "journal", "log/hosts.log"}) {
    fake.put(std::string("/var/lib/bundle/") + path, "x");
  }
  remove_payload(fake.host);
  CHECK(fake.host.list("/var/lib/bundle") == std::vector<std::string>{"journal", "log"});
  CHECK(log_path("hosts") == "/var/lib/bundle/log/hosts.log");
  CHECK(payload_path("rpms/a.rpm") == "/var/lib/bundle/rpms/a.rpm");
  CHECK(site_path("a.yaml") == "/var/lib/bundle/site/a.yaml");
  CHECK(backup_path("ab") == "/var/lib/bundle/backup/ab");
}

}  // namespace bundle::host
