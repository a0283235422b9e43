#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/fakes/world.hpp"

namespace bundle::test {
namespace {

constexpr const char* kFormat = "%{NAME}-%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}.%{ARCH}\\n";

struct Machine : FakeWorld {
  Machine() {
    rpmdb.available = {
        {"a-1-1.el9.x86_64",
         {.files = {{"/usr/bin/a", "a"}, {"/etc/a.conf", "x"}, {"/usr/lib/systemd/system/a.service", ""}},
          .configs = {"/etc/a.conf"},
          .needs = {"b"}}},
        {"b-2:3-1.noarch", {.files = {{"/usr/share/b", "b"}}}},
        {"a-0.9-1.el9.x86_64", {.files = {{"/usr/bin/a", "old"}, {"/usr/bin/old", ""}}}}};
    rpmdb.imported_keys = {"gpg-pubkey-3228467c-613798eb"};
  }
  std::string ask(std::vector<std::string> argv) {
    const CommandResult result = runner.run({.argv = std::move(argv)});
    return fmt::format("{} {}{}", result.status, result.out, result.err);
  }
  std::string dnf(const std::string& verb, const std::string& nevra) {
    return ask({"dnf", "-y", "--noplugins", "--setopt=install_weak_deps=0", verb, nevra}).substr(0, 1);
  }
};

TEST_CASE("dnf installs a package with what it needs, its files, units and keys") {
  Machine machine;
  CHECK(machine.dnf("install", "a-1-1.el9.x86_64") == "0");
  CHECK(machine.ask({"rpm", "--dbpath", "/var/lib/rpm", "-qa", "--qf", kFormat}) ==
        "0 gpg-pubkey-3228467c-613798eb.(none)\na-1-1.el9.x86_64\nb-2:3-1.noarch\n");
  CHECK(machine.ask({"rpm", "-q", "gpg-pubkey", "--qf", "%{NAME}-%{VERSION}-%{RELEASE}\\n"}) ==
        "0 gpg-pubkey-3228467c-613798eb\n");
  CHECK(machine.get("/usr/bin/a") == "a");
  CHECK(machine.systemd.units.contains("a.service"));
  CHECK(machine.dnf("install", "c-1-1.noarch") == "1");
  CHECK(machine.unknown().empty());
}

TEST_CASE("dnf hides what its configuration excludes, and installs nothing in a trial") {
  Machine machine;
  machine.put("/etc/dnf/dnf.conf", "[main]\nexcludepkgs=x,b\n");
  CHECK(machine.ask({"dnf", "-y", "install", "b-2:3-1.noarch"}) ==
        "1 Error: Unable to find a match: b-2:3-1.noarch\n");
  machine.put("/other.conf", "[main]\n");
  CHECK(machine.ask({"dnf", "-y", "--installroot=/run/x", "--assumeno", "install", "b-2:3-1.noarch"}) ==
        "1 Operation aborted.\n");
  CHECK(machine.ask({"dnf", "-y", "--installroot=/run/x", "--downloadonly", "install", "b-2:3-1.noarch"}) ==
        "0 ");
  CHECK(machine.rpmdb.installed.empty());
  CHECK(machine.ask({"dnf", "-c", "/other.conf", "-y", "install", "b-2:3-1.noarch"}) == "0 Complete!\n");
  CHECK(machine.ask({"dnf", "-y", "--disableexcludes=all", "install", "b-2:3-1.noarch"}) ==
        "0 Nothing to do.\nComplete!\n");
}

TEST_CASE("rpm -e wants all that needs a package to go with it, and keeps a changed configuration") {
  Machine machine;
  machine.dnf("install", "a-1-1.el9.x86_64");
  machine.put("/etc/a.conf", "mine");
  CHECK(machine.ask({"rpm", "-e", "b-2:3-1.noarch"}).starts_with("1 error: Failed dependencies"));
  CHECK(machine.ask({"rpm", "-e", "b-2:3-1.noarch", "a-1-1.el9.x86_64"}) == "0 ");
  CHECK(machine.rpmdb.installed.empty());
  CHECK_FALSE(machine.exists("/usr/bin/a"));
  CHECK(machine.get("/etc/a.conf.rpmsave") == "mine");
  CHECK_FALSE(machine.systemd.units.contains("a.service"));
  CHECK(machine.ask({"rpm", "-e", "--allmatches", "gpg-pubkey-3228467c-613798eb"}) == "0 ");
  CHECK(machine.ask({"rpm", "-q", "gpg-pubkey"}) == "1 package gpg-pubkey is not installed\n");
}

TEST_CASE("a cut leaves a package without files, which rpm -V names and reinstall mends") {
  Machine machine;
  machine.power.cut_at(1);
  CHECK_THROWS_AS(machine.dnf("install", "a-1-1.el9.x86_64"), PowerCut);
  machine.power.restore();
  CHECK(machine.rpmdb.installed.contains("a-1-1.el9.x86_64"));
  machine.put("/usr/bin/a", "torn");
  CHECK(
      machine.ask({"rpm", "-V", "--nodeps", "--noscripts", "a-1-1.el9.x86_64"}) ==
      "1 missing   c /etc/a.conf\nS.5....T.    /usr/bin/a\nmissing     /usr/lib/systemd/system/a.service\n");
  CHECK(machine.dnf("reinstall", "a-1-1.el9.x86_64") == "0");
  CHECK(machine.ask({"rpm", "-V", "--nodeps", "--noscripts", "a-1-1.el9.x86_64"}) == "0 ");
}

TEST_CASE("another build of a package replaces it") {
  Machine machine;
  machine.dnf("install", "a-0.9-1.el9.x86_64");
  machine.dnf("install", "a-1-1.el9.x86_64");
  CHECK_FALSE(machine.rpmdb.installed.contains("a-0.9-1.el9.x86_64"));
  CHECK_FALSE(machine.exists("/usr/bin/old"));
  CHECK(machine.get("/usr/bin/a") == "a");
}

TEST_CASE("the files of a package are listed from its file") {
  Machine machine;
  machine.put("/p/b-3-1.noarch.rpm", "");
  const std::string path = machine.files.at("/p/b-3-1.noarch.rpm").string();
  CHECK(machine.ask({"rpm", "-qpl", "--nosignature", "--nodigest", path}) == "0 /usr/share/b\n");
  CHECK(machine.ask({"rpm", "-qpl", path + "x"}).starts_with("1 error: open of "));
  CHECK(machine.ask({"rpm", "--eval", "%{_dbpath}"}) == "0 /var/lib/rpm\n");
}

}  // namespace
}  // namespace bundle::test
