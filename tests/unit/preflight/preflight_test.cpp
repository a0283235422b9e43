#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "fake_host.hpp"
#include "support/cluster_bundle.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::thrown_by;
using test::FakeHost;
using Strings = std::vector<std::string>;

/// A healthy host that lacks the packages of a whole bundle, which dnf and rpm would take.
struct WholeHost : FakeHost {
  WholeHost() {
    put("/var/lib/rpm/Packages", "the database");
    runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
    runner.on({"rpm", "--dbpath"}, [](const Command& command) {
      const bool asks_owner = command.argv.back() == "/usr/bin/runc";
      return CommandResult{.status = asks_owner ? 1 : 0, .out = "bash-4.4-1.x86_64\n"};
    });
    runner.on({"rpm", "-U", "--test"}, {.status = 0});
    bundle_brings_programs();
    dnf_solves("install kubelet-1.34.3-1.x86_64@bundle-signed\n");
  }
  /// The packages of containerd and kubeadm unpack to programs that take their configuration.
  void bundle_brings_programs() {
    runner.on({"rpm", "-qp"}, {.out = "1048576"});
    runner.on({"rpm", "-i"}, [](const Command& command) {
      for (const char* program : {"usr/bin/kubeadm", "usr/bin/containerd"}) {
        const std::filesystem::path path = std::filesystem::path(command.argv.at(3)) / program;
        make_folders(path.parent_path());
        write_file_atomically(path, "a program");
      }
      return CommandResult{};
    });
    runner.on({}, [](const Command& command) -> CommandResult {
      if (command.argv.front().find("/root/usr/bin/") == std::string::npos) {
        fail(ErrorKind::usage, "cannot run {}: not found", command.argv.front());
      }
      return {};
    });
  }
  void dnf_solves(const std::string& solution) {
    runner.on({"dnf"}, [solution](const Command& command) {
      if (std::find(command.argv.begin(), command.argv.end(), "--downloadonly") != command.argv.end()) {
        return CommandResult{};
      }
      make_folders(command.cwd / "debugdata/rpms");
      write_file_atomically(command.cwd / "debugdata/rpms/solver.result", solution);
      return CommandResult{.status = 1, .err = "Operation aborted.\n"};
    });
  }
  /// Without a word on the disk, which is that of the test machine.
  std::vector<Check> all(const Options& options = {}) {
    std::vector<Check> found = preflight(host, bundle.opened(site, node), options);
    std::erase_if(found, [](const Check& check) { return check.id == "disk-space"; });
    return found;
  }
  std::string ids(const Options& options = {}) {
    Strings names;
    for (const Check& check : all(options)) {
      names.push_back(check.id);
    }
    return join(names, " ");
  }

  TempDir media;
  bundle::test::ClusterBundle bundle{media.path(), {.has_kubeadm = true}};
};

TEST_CASE("a healthy host has no finding") {
  FakeHost fake;
  for (const auto& group :
       {bundle_checks, time_checks, machine_checks, kernel_checks, network_checks, listener_checks,
        runtime_checks, gpu_checks, disk_checks, package_checks, values_checks, judge_checks}) {
    CHECK(fake.found_by(group()).empty());
  }
}

TEST_CASE_FIXTURE(WholeHost, "a healthy host is ready for a whole bundle, and stays as it is") {
  CHECK(ids() == "");
  CHECK(list_folder(host.at("/run")) == Strings{"systemd"});
  CHECK(list_folder(host.at("/var/lib")) == Strings{"rpm"});
}

TEST_CASE_FIXTURE(WholeHost, "findings come in the order of the groups") {
  put("/etc/os-release", "ID=rhel\nVERSION_ID=9.4\n");
  put("/proc/100/comm", "sshd\n");
  put("/proc/meminfo", "MemTotal: 2000000 kB\nMemAvailable: 1000 kB\n");
  put("/proc/swaps", "/dev/dm-1 partition 8 0 -2\n");
  remove("/etc/resolv.conf");
  site.vip = {.address = "10.0.0.1", .prefix = 24};
  put("/usr/bin/runc", "");
  node.roles = {"gpu", "master"};
  put("/proc/self/mounts", "/dev/sda1 / ext4 ro 0 0\n");
  site.component_values["metallb"] = root.path() / "etc/hosts";
  CHECK(ids() ==
        "other-os-clone no-time-service little-memory swap no-nameserver vip-is-gateway foreign-runc no-gpu "
        "mount-option transaction-untested unchecked config-untried config-untried");
}

TEST_CASE_FIXTURE(WholeHost, "what an installation made is no finding when it goes on") {
  put("/run/containerd/containerd.sock", "");
  put("/etc/kubernetes/admin.conf", "");
  CHECK(ids() == "foreign-containerd old-cluster");
  CHECK(ids({.resuming = true}) == "");
}

TEST_CASE_FIXTURE(WholeHost, "changes of the base are an error until somebody agrees") {
  dnf_solves("upgrade bash-4.4-1.x86_64@@System libx-1-1.el8.x86_64@bundle-signed\n");
  REQUIRE(ids() == "base-change");
  CHECK(has_error(all()));
  REQUIRE(ids({.allow_base_changes = true}) == "base-change");
  CHECK_FALSE(has_error(all({.allow_base_changes = true})));
}

TEST_CASE_FIXTURE(WholeHost, "media that are not what the index says are an error, not a finding") {
  dnf_solves("install other-1-1.x86_64@bundle-signed\n");
  CHECK(thrown_by([&] { all(); }).kind() == ErrorKind::integrity);
}

const std::vector<Check> kTwo = {{"swap", Severity::warning, "swap is on", "swapoff -a"},
                                 {"few-cpus", Severity::error, "1 CPU", "another\x1b[2J CPU"}};

TEST_CASE("findings are printed with errors first, and counted") {
  CHECK(preflight_text(kTwo) ==
        "error    few-cpus: 1 CPU\n"
        "    fix: another\\x1b[2J CPU\n"
        "warning  swap: swap is on\n"
        "    fix: swapoff -a\n"
        "preflight: 1 error, 1 warning\n");
  CHECK(preflight_text({}) == "preflight: this host is ready\n");
  CHECK(preflight_text({kTwo[0]}) ==
        "warning  swap: swap is on\n"
        "    fix: swapoff -a\n"
        "preflight: 0 errors, 1 warning: this host is ready\n");
  CHECK(preflight_text({kTwo[1], kTwo[1]}).ends_with("\npreflight: 2 errors, 0 warnings\n"));
}

TEST_CASE("findings as JSON stay in the order of the checks") {
  CHECK(preflight_json(kTwo) == R"([
  {
    "fix": "swapoff -a",
    "id": "swap",
    "seen": "swap is on",
    "severity": "warning"
  },
  {
    "fix": "another\u001b[2J CPU",
    "id": "few-cpus",
    "seen": "1 CPU",
    "severity": "error"
  }
]
)");
  CHECK(preflight_json({}) == "[]\n");
}

TEST_CASE("only an error stands in the way") {
  CHECK(has_error(kTwo));
  CHECK_FALSE(has_error({kTwo[0]}));
  CHECK_FALSE(has_error({}));
}

}  // namespace
}  // namespace bundle::preflight
