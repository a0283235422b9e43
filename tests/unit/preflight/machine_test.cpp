#include <doctest/doctest.h>

#include <algorithm>

#include "fake_host.hpp"

namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;
using test::warning;

TEST_CASE_FIXTURE(FakeHost, "whoever is not root is told") {
  put("/proc/self/status", "Uid:\t1000\t1001\t1002\t1003\n");
  CHECK(only(machine_checks()) ==
        error("not-root", "this program runs as user 1001, and needs root", "run it with sudo"));
  SUBCASE("the effective user counts") {
    put("/proc/self/status", "Name:\tbundle\nUid:\t1000\t0\t0\t0\nGid:\t7\t7\t7\t7\n");
    CHECK(found_by(machine_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "each program that an installation runs is looked for") {
  struct Row {
    const char* program;
    const char* package;
  };
  for (const Row& row :
       {Row{"dnf", "dnf"}, Row{"rpm", "rpm"}, Row{"ip", "iproute"}, Row{"systemctl", "systemd"},
        Row{"sysctl", "procps-ng"}, Row{"modprobe", "kmod"}, Row{"mount", "util-linux"},
        Row{"swapoff", "util-linux"}, Row{"hostnamectl", "systemd"}}) {
    FakeHost one;
    one.remove(std::string("/usr/sbin/") + row.program);
    CHECK(one.only(machine_checks()) ==
          error("program-absent",
                std::string("there is no program '") + row.program + "' (package " + row.package +
                    ") on this host",
                std::string("install ") + row.package + " from the medium that the host was installed from"));
    for (const char* folder : {"/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
      CAPTURE(folder);
      one.put(std::string(folder) + row.program, "");
      CHECK(one.found_by(machine_checks()).empty());
      one.remove(std::string(folder) + row.program);
    }
  }
}

TEST_CASE_FIXTURE(FakeHost, "a host without systemd is refused") {
  remove("/run/systemd");
  CHECK(only(machine_checks()) == error("no-systemd",
                                        "this host was not started by systemd (no /run/systemd/system)",
                                        "install on a host or virtual machine that boots with systemd"));
}

TEST_CASE_FIXTURE(FakeHost, "iptables has to be there, unless the bundle brings it") {
  remove("/usr/sbin/iptables");
  const Check absent =
      error("program-absent", "there is no program 'iptables', and the bundle brings no package with it",
            "install iptables-nft from the medium that the host was installed from");
  CHECK(only(machine_checks()) == absent);
  for (const char* package : {"iptables-nft", "iptables", "iptables-legacy"}) {
    CAPTURE(package);
    index.rpms = {{.nevra = std::string(package) + "-1.8.10-4.el9.x86_64"}};
    CHECK(found_by(machine_checks()).empty());
  }
  SUBCASE("a package for other roles does not help") {
    index.rpms = {{.nevra = "iptables-nft-1.8.10-4.el9.x86_64", .roles = {"gpu"}}};
    CHECK(only(machine_checks()) == absent);
  }
  SUBCASE("nor one of which the name only begins so") {
    index.rpms = {{.nevra = "iptables-libs-1.8.10-4.el9.x86_64"}};
    CHECK(only(machine_checks()) == absent);
  }
}

TEST_CASE_FIXTURE(FakeHost, "fapolicyd is named where it runs, and has to know our programs") {
  put("/etc/fapolicyd/fapolicyd.rules", "deny_audit perm=execute all : all\n");
  CHECK(found_by(machine_checks()).empty());
  put("/proc/812/comm", "fapolicyd\n");
  const Check old = only(machine_checks());
  CHECK(old.id == "fapolicyd");
  CHECK(old.severity == Severity::error);
  CHECK(old.fix.find("dir=/opt/cni/bin/") != std::string::npos);
  SUBCASE("by lines in the one file of old versions") {
    put("/etc/fapolicyd/fapolicyd.rules",
        "allow perm=any all : dir=/var/lib/bundle/bin/\ndeny_audit perm=execute all : all\n");
    CHECK(found_by(machine_checks()).empty());
  }
  SUBCASE("by a file of the installation's own") {
    put("/etc/fapolicyd/rules.d/90-deny-execute.rules", "deny_audit perm=execute all : all\n");
    CHECK(only(machine_checks()) ==
          warning("fapolicyd",
                  "fapolicyd runs: the installation gives it rules for what comes from no package, in "
                  "/etc/fapolicyd/rules.d, and restarts it",
                  "nothing to do; bundle install --dry-run shows the rules"));
  }
}

TEST_CASE_FIXTURE(FakeHost, "a master needs two processors, of x86-64-v2") {
  put("/proc/cpuinfo", "processor : 0\nflags : sse4_1 ssse3 popcnt cx16 lahf_lm\n");
  const std::vector<Check> found = found_by(machine_checks());
  REQUIRE(found.size() == 2);
  CHECK(found[0] ==
        error("few-cpus", "this host has 1 CPU, a master needs 2", "give the machine another CPU"));
  CHECK(found[1] ==
        error("old-cpu",
              "the processor is not x86-64-v2, which images made from EL 9 are compiled for: it lacks sse4_2",
              "in a virtual machine set the CPU model to 'host'; else use a newer machine"));
  SUBCASE("a worker gets by with one") {
    node.roles = {"worker"};
    CHECK(only(machine_checks()).id == "old-cpu");
  }
  SUBCASE("every flag counts, in the order of the alphabet") {
    put("/proc/cpuinfo", "processor : 0\nprocessor : 1\nflags : lm\n");
    CHECK(only(machine_checks()).seen.ends_with("it lacks cx16, lahf_lm, popcnt, sse4_1, sse4_2, ssse3"));
  }
  SUBCASE("another architecture has other flags") {
    put("/proc/cpuinfo", "processor : 0\nprocessor : 1\nFeatures : fp asimd\n");
    index.arch = "aarch64";
    CHECK(found_by(machine_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "little memory is an error or a warning, by the role") {
  put("/proc/meminfo", "MemTotal: 1740799 kB\n");
  CHECK(only(machine_checks()) == error("little-memory",
                                        "this host has 1.7 GiB of memory, at least 1.7 GiB are needed",
                                        "give the machine more memory"));
  put("/proc/meminfo", "MemTotal: 1740800 kB\n");
  CHECK(only(machine_checks()) ==
        warning("little-memory",
                "this host has 1.7 GiB of memory; below 3.9 GiB little beside Kubernetes itself finds room",
                "give the machine more memory"));
  put("/proc/meminfo", "MemTotal: 4095999 kB\n");
  CHECK(only(machine_checks()).severity == Severity::warning);
  put("/proc/meminfo", "MemTotal: 4096000 kB\n");
  CHECK(found_by(machine_checks()).empty());
  SUBCASE("a worker needs 1000 MiB") {
    node.roles = {"worker"};
    put("/proc/meminfo", "MemTotal: 1023999 kB\n");
    CHECK(only(machine_checks()) ==
          error("little-memory", "this host has 1000.0 MiB of memory, at least 1000.0 MiB are needed",
                "give the machine more memory"));
    put("/proc/meminfo", "MemTotal: 1024000 kB\n");
    CHECK(only(machine_checks()).severity == Severity::warning);
  }
}

TEST_CASE_FIXTURE(FakeHost, "what is reserved for the system is less than there is") {
  const auto reserve = [this](const char* cpu, const char* memory) {
    node.kubelet = {{"systemReserved", json::Object{{"cpu", cpu}, {"memory", memory}}},
                    {"kubeReserved", json::Object{{"cpu", "500m"}, {"memory", "1Gi"}}}};
  };
  const std::string fix = "in the site file, in 'kubelet' of this node: less than it has";
  reserve("1499m", "8Gi");
  CHECK(found_by(machine_checks()).empty());
  reserve("1.5", "8Gi");
  CHECK(only(machine_checks()) ==
        error("kubelet-reserved", "the site file keeps 2000m of CPUs free on this host, which has 2", fix));
  reserve("1", "15G");
  CHECK(found_by(machine_checks()).empty());
  reserve("1", "15Gi");
  CHECK(only(machine_checks()) ==
        error("kubelet-reserved",
              "the site file keeps 16.0 GiB of memory free on this host, which has 15.3 GiB", fix));
}

TEST_CASE_FIXTURE(FakeHost, "CPUs and NUMA nodes that are named for the system are there") {
  put("/sys/devices/system/cpu/online", "0-1\n");
  put("/sys/devices/system/node/node1/cpulist", "1\n");
  const auto row = [](int number) {
    return json::Object{{"numaNode", number}, {"limits", json::Object{{"memory", "1Gi"}}}};
  };
  node.kubelet = {{"reservedSystemCPUs", "0"}, {"reservedMemory", json::Array{row(0), row(1)}}};
  CHECK(found_by(machine_checks()).empty());
  node.kubelet["reservedMemory"] = json::Array{row(0), row(2)};
  CHECK(only(machine_checks()) ==
        error("kubelet-numa", "the site file keeps memory of NUMA node 2 free, which this host lacks",
              "in the site file, in 'kubelet' of this node: reservedMemory of those that `lscpu` shows"));
  node.kubelet = {{"reservedSystemCPUs", "1-2"}};
  const std::vector<Check> found = found_by(machine_checks());
  CHECK(std::count(found.begin(), found.end(),
                   error("kubelet-cpus", "the site file keeps the CPUs 1-2 free on this host, which has 0-1",
                         "in the site file, in 'kubelet' of this node: reservedSystemCPUs of those that it "
                         "has")) == 1);
}

}  // namespace
}  // namespace bundle::preflight
