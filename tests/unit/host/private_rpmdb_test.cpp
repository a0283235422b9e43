#include "host/private_rpmdb.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "support/healthy_host.hpp"
#include "support/thrown.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

struct Database : HealthyHost {
  Database() {
    runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
    put("/var/lib/rpm/rpmdb.sqlite", "the database");
  }
};

}  // namespace

TEST_CASE("a copy of the RPM database has its files, not what belongs to processes, and goes at the end") {
  Database fake;
  fake.put("/var/lib/rpm/rpmdb.sqlite-wal", "log");
  fake.put("/var/lib/rpm/__db.001", "environment");
  fake.put("/var/lib/rpm/.rpm.lock", "");
  fake.put("/var/lib/rpm/sub/x", "folder");
  std::string folder;
  {
    const PrivateRpmdb copy(fake.host, fake.root.path());
    folder = copy.folder();
    CHECK(folder == copy.root() + "/var/lib/rpm");
    CHECK(list_folder(folder) == std::vector<std::string>{"rpmdb.sqlite", "rpmdb.sqlite-wal"});
    CHECK(read_file(folder + "/rpmdb.sqlite", 100) == "the database");
    write_file_atomically(folder + "/rpmdb.sqlite", "changed");
  }
  CHECK_FALSE(std::filesystem::exists(folder));
  CHECK(fake.host.read("/var/lib/rpm/rpmdb.sqlite") == "the database");
}

TEST_CASE("the copy lies on the host's /run, which forgets it") {
  Database fake;
  const PrivateRpmdb copy(fake.host);
  CHECK(copy.root().starts_with((fake.root.path() / "run/").string()));
}

TEST_CASE("the copy is where the host's rpm has its database") {
  Database fake;
  fake.runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/usr/lib/sysimage/rpm\n"});
  fake.put("/usr/lib/sysimage/rpm/rpmdb.sqlite", "moved");
  const PrivateRpmdb copy(fake.host, fake.root.path());
  CHECK(copy.folder() == copy.root() + "/usr/lib/sysimage/rpm");
  CHECK(read_file(copy.folder() + "/rpmdb.sqlite", 100) == "moved");
}

TEST_CASE("a host without rpm, or without its database, is an error and leaves no folder") {
  HealthyHost fake;
  CHECK(test::thrown_by([&] { rpmdb_folder(fake.host); }).kind() == ErrorKind::usage);
  fake.runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
  std::filesystem::create_directories(fake.host.at("/tmp"));
  const Error error = test::thrown_by([&] { PrivateRpmdb(fake.host, fake.host.at("/tmp")); });
  CHECK(test::holds(error.message(), "cannot copy the RPM database from"));
  CHECK(fake.host.list("/tmp").empty());
}

}  // namespace bundle::host
