#include <doctest/doctest.h>

#include <algorithm>

#include "media_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::error;
using test::MediaHost;
using test::warning;

constexpr const char* kFix =
    "dnf remove what stands in the way; or: bundle facts -o facts.json; carry it back and build with target: "
    "{base: facts.json}";

struct PackageHost : MediaHost {
  /// dnf finds a solution, and says this of the packages.
  void dnf_refuses_packages(const std::string& words) {
    runner.on({"dnf"}, [words](const Command& command) {
      const bool has_packages =
          std::find(command.argv.begin(), command.argv.end(), "--downloadonly") != command.argv.end();
      return CommandResult{.status = 1, .err = has_packages ? words : "Operation aborted.\n"};
    });
  }
  Check only_package() {
    const std::vector<Check> found = look(package_checks());
    return found.size() == 1 ? found[0] : Check{.id = fmt::format("{} findings", found.size())};
  }
};

TEST_CASE_FIXTURE(PackageHost, "dnf is asked for what the host lacks, and rpm tests what dnf would install") {
  dnf_solves("install kubelet-1.34.3-1.x86_64@bundle-signed\ninstall socat-1.7-1.x86_64@bundle-signed\n");
  runner.on({"rpm", "-U", "--test"}, [](const Command& command) {
    CHECK(read_file(command.argv.at(command.argv.size() - 2), 100) == "kubelet");
    CHECK(read_file(command.argv.back(), 100) == "socat");
    return CommandResult{};
  });
  CHECK(look(package_checks()).empty());
  const std::string& dnf = runner.ran().at(2);
  CHECK(holds(dnf, "--assumeno"));
  CHECK(holds(dnf, "--disableexcludes=all"));
  CHECK(holds(dnf, "--noplugins"));
  CHECK(holds(dnf, " install kubelet-1.34.3-1.x86_64"));
  CHECK_FALSE(holds(dnf, "socat"));
  SUBCASE("nothing is left of it") {
    CHECK(list_folder(host.at("/run")) == std::vector<std::string>{"systemd"});
  }
  SUBCASE("rpm refuses") {
    runner.on({"rpm", "-U", "--test"},
              {.status = 1, .err = "\tfile /usr/bin/kubelet from install of kubelet conflicts\n"});
    CHECK(only_package() ==
          error("rpm-transaction",
                "rpm would refuse the bundle's packages on this host: file /usr/bin/kubelet from install of "
                "kubelet conflicts",
                kFix));
  }
  SUBCASE("dnf refuses a signature, and rpm is not asked") {
    runner.on({"rpm", "-U", "--test"}, {.status = 1, .err = "not asked"});
    dnf_refuses_packages("Package kubelet.rpm is not signed\n");
    CHECK(only_package() ==
          error("package-signatures",
                "dnf would refuse the bundle's packages on this host: Package kubelet.rpm is not signed",
                "see what this host takes (update-crypto-policies --show, rpm --eval %_pkgverify_level), and "
                "build the bundle for such a target"));
  }
  SUBCASE("there is no memory for the test") {
    put("/proc/meminfo", "MemAvailable: 1000 kB\n");
    CHECK(only_package() ==
          warning("transaction-untested",
                  "the test of signatures and transaction was left out: it takes 256.0 MiB of memory, 1000.0 "
                  "KiB are "
                  "available",
                  "end programs that this host does not need, or go on: dnf makes the same tests when it "
                  "installs"));
  }
  SUBCASE("the host has it all") {
    runner.on({"rpm", "--dbpath"}, {.out = "kubelet-1.34.3-1.x86_64\n"});
    runner.on({"dnf"}, {.status = 1, .err = "not asked"});
    CHECK(look(package_checks()).empty());
  }
}

TEST_CASE_FIXTURE(PackageHost, "excludes of the host are switched off, and that is said") {
  dnf_solves("");
  runner.on({"rpm", "-U", "--test"}, {.status = 0});
  put("/etc/dnf/dnf.conf",
      "[main]\ngpgcheck=1\nexcludepkgs = kubelet,kubeadm\nexclude=\n#exclude=x\nincludepkgs=a*\n[other]\n"
      "exclude=y\n");
  put("/etc/dnf/plugins/versionlock.list", "# of a plugin\nkubelet-0:1.29.6-1.*\n");
  CHECK(
      only_package() ==
      warning("dnf-excludes",
              "excludes are switched off for the installation, since the bundle's signed index says what is "
              "installed; this host has /etc/dnf/dnf.conf:3: excludepkgs = kubelet,kubeadm, "
              "/etc/dnf/dnf.conf:6: includepkgs=a*, /etc/dnf/plugins/versionlock.list:2: "
              "kubelet-0:1.29.6-1.*",
              "leave them: they keep a later dnf upgrade off these packages"));
}

TEST_CASE_FIXTURE(PackageHost, "packages that dnf cannot install are an error, and rpm is not asked") {
  runner.on(
      {"dnf"},
      {.status = 1, .err = "Error: \n Problem: package a conflicts with b\n(try to add '--skip-broken')\n"});
  CHECK(only_package() ==
        error("packages-unsolvable",
              "dnf finds no way to install the bundle's packages on this host: Problem: package a conflicts "
              "with b",
              kFix));
}

TEST_CASE_FIXTURE(PackageHost, "packages that change the base need somebody who agrees") {
  dnf_solves(
      "upgrade bash-5.1-1.x86_64@@System kubelet-1.34.3-1.x86_64@bundle-signed\n"
      "erase runc-1.1-1.x86_64@@System\n");
  runner.on({"rpm", "-U", "--test"}, {.status = 0});
  Check change = error(
      "base-change",
      "the installation changes packages of this host, which cannot be undone: upgrade bash-5.1-1.x86_64 "
      "with kubelet-1.34.3-1.x86_64, erase runc-1.1-1.x86_64",
      "agree with --allow-base-changes, or: bundle facts -o facts.json; carry it back and build with target: "
      "{base: facts.json}");
  CHECK(look(package_checks()) == std::vector{change});
  change.severity = Severity::warning;
  CHECK(look(package_checks(), true) == std::vector{change});
}

TEST_CASE_FIXTURE(PackageHost,
                  "metadata that is not what the index says is no finding but an error of its own") {
  dnf_solves("");
  for (format::Entry& entry : index.entries) {
    entry.sha256 = entry.path.str().ends_with("repomd.xml") ? std::string(64, '0') : entry.sha256;
  }
  CHECK(bundle::test::thrown_by([&] { look(package_checks()); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(PackageHost, "where nothing is asked for, nobody is asked") {
  SUBCASE("a bundle without packages for this role") {
    for (format::Rpm& package : index.rpms) {
      package.roles = {"gpu"};
    }
    CHECK(look(package_checks()).empty());
  }
  SUBCASE("a bundle that may not be read") { CHECK(found_by(package_checks()).empty()); }
  CHECK(runner.ran().empty());
}

TEST_CASE_FIXTURE(PackageHost, "a host without dnf cannot be checked, which is a warning") {
  CHECK(only_package() == warning("unchecked", "the packages could not be checked: cannot run dnf: not found",
                                  "look at what it says, and run bundle preflight again"));
}

}  // namespace
}  // namespace bundle::preflight
