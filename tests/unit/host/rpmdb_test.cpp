#include "host/rpmdb.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"
#include "support/thrown.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("packages are named alike whatever epoch rpm prints, sorted, and keys are none") {
  HealthyHost fake;
  fake.runner.on({"rpm", "--dbpath", "/copy", "-qa"},
                 {.out = "zlib-0:1.2-1.x86_64\ngpg-pubkey-8483c65d-5ccc5b19.(none)\nbash-5.1-9.el9.x86_64\n\n"
                         "vim-minimal-2:8.2-21.el9.x86_64\nodd line\n"});
  CHECK(rpmdb_packages(fake.host, "/copy") == std::vector<std::string>{"bash-5.1-9.el9.x86_64", "odd line",
                                                                       "vim-minimal-2:8.2-21.el9.x86_64",
                                                                       "zlib-1.2-1.x86_64"});
  CHECK(fake.runner.ran().back() ==
        "rpm --dbpath /copy -qa --qf "
        "'%{NAME}-%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}.%{ARCH}\\n'");
}

TEST_CASE("an RPM database that cannot be read is an error, not an empty host") {
  HealthyHost fake;
  fake.runner.on({"rpm"}, {.status = 1, .out = "", .err = "error: cannot open Packages database\n"});
  const Error error = test::thrown_by([&] { rpmdb_packages(fake.host, "/copy"); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "cannot open Packages database"));
}

TEST_CASE("a module stream counts when it is enabled and has a name") {
  HealthyHost fake;
  CHECK(enabled_modules(fake.host).empty());
  fake.put("/etc/dnf/modules.d/b.module", "[b]\nname = b\nstream = 2\nstate = enabled\n");
  fake.put("/etc/dnf/modules.d/a.module", "[a]\nname=a\nstream=1\nstate=enabled\n");
  fake.put("/etc/dnf/modules.d/c.module", "[c]\nname=c\nstream=\nstate=enabled\n");
  fake.put("/etc/dnf/modules.d/d.module", "[d]\nname=d\nstream=1\nstate=disabled\n");
  fake.put("/etc/dnf/modules.d/e.module", "[e]\nname=e\nstream=1\nstate=\n");
  CHECK(enabled_modules(fake.host) == std::vector<std::string>{"a:1", "b:2"});
}

}  // namespace bundle::host
