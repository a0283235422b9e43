#include "host/facts_json.hpp"

#include <doctest/doctest.h>

#include "rpm/closure.hpp"
#include "support/healthy_host.hpp"
#include "unit/rpm/repo_writer.hpp"

namespace bundle {
namespace {

using test::HealthyHost;

void put_rpmdb(HealthyHost& fake, const std::string& packages) {
  fake.put("/var/lib/rpm/rpmdb.sqlite", "the database");
  fake.put("/var/lib/rpm/.rpm.lock", "");
  fake.runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
  fake.runner.on({"rpm", "--dbpath"}, [packages](const Command& command) {
    CHECK(read_file(command.argv.at(2) + "/rpmdb.sqlite", 100) == "the database");
    CHECK_FALSE(std::filesystem::exists(command.argv.at(2) + "/.rpm.lock"));
    return CommandResult{.out = packages};
  });
}

TEST_CASE("facts are read by the connected side as the base of a closure") {
  HealthyHost fake;
  put_rpmdb(fake,
            "gpg-pubkey-8483c65d-5ccc5b19.(none)\nglibc-2.34-100.el9.x86_64\nzlib-0:1.2-1.x86_64\n"
            "vim-minimal-2:8.2-21.el9.x86_64\n");
  const json::Object facts = host::collect_facts(fake.host);
  CHECK(json::canonical(facts.at("packages")) ==
        R"(["glibc-2.34-100.el9.x86_64","vim-minimal-2:8.2-21.el9.x86_64","zlib-1.2-1.x86_64"])");
  CHECK(*facts.at("kernel").if_string() == "5.14.0-503.el9.x86_64");
  CHECK(*facts.at("memory").if_integer() == 16'000'000ll * 1024);

  const TempDir folder;
  write_file_atomically(folder.path() / "facts.json", json::pretty(facts));
  test::write_repository(
      folder.path() / "repo",
      {{.name = "app", .requires_ = {"glibc >= 2.34-100.el9", "vim-minimal >= 2:8.0", "libfoo"}},
       {.name = "libfoo"},
       {.name = "glibc", .version = "2.34", .release = "100.el9"},
       {.name = "vim-minimal", .version = "8.2", .release = "21.el9", .epoch = "2"}});
  const rpm::Base base = rpm::detect_base(folder.path() / "facts.json");
  CHECK(base.kind == rpm::BaseKind::facts);
  const rpm::Closure closure =
      rpm::close_over({.repositories = {{.id = "repo", .folder = folder.path() / "repo"}},
                       .wish = {.packages = {"app"}, .base = base},
                       .platform_id = "platform:el9"});
  REQUIRE(closure.install.size() == 2);
  CHECK(closure.install[0].name == "app");
  CHECK(closure.install[1].name == "libfoo");
}

TEST_CASE("facts are this JSON, all but the space of the disks") {
  HealthyHost fake;
  put_rpmdb(fake, "bash-5.1-9.el9.x86_64\n");
  fake.put("/sys/block/sda/size", "2048\n");
  fake.put("/sys/block/sda/device/model", "DISK\n");
  const std::string gpu = "/sys/bus/pci/devices/0000:3b:00.0";
  fake.put(gpu + "/vendor", "0x10de\n");
  fake.put(gpu + "/class", "0x030200\n");
  fake.put(gpu + "/device", "0x20b0\n");
  fake.put("/proc/self/mounts",
           "/dev/sda1 / ext4 rw 0 0\ntmpfs /etc tmpfs rw 0 0\n/dev/sdb1 /gone xfs rw 0 0\n");
  json::Object facts = host::collect_facts(fake.host);
  const json::Array mounts = *facts.at("mounts").if_array();
  REQUIRE(mounts.size() == 1);  // no tmpfs, and none that is not there any more
  CHECK(json::text_at(mounts[0], "folder") == "/");
  CHECK(json::number_at(mounts[0], "size") > 0);
  CHECK(json::number_at(mounts[0], "size") >= json::number_at(mounts[0], "free"));
  facts.erase("mounts");
  CHECK(
      json::canonical(facts) ==
      R"x({"addresses":[{"address":"10.0.0.5","interface":"eth0","prefix":24}],"arch":"x86_64",)x"
      R"x("cpu":{"count":2,"model":"A processor"},)x"
      R"x("disks":[{"model":"DISK","name":"sda","rotating":false,"size":1048576}],)x"
      R"x("gpus":[{"address":"0000:3b:00.0","device":"0x20b0","driver":"","driver_version":""}],"hostname":"node1",)x"
      R"x("kernel":"5.14.0-503.el9.x86_64","memory":16384000000,"modules":[],)x"
      R"x("os":{"id":"rocky","name":"Rocky Linux 9.4 (Blue Onyx)","version":"9.4"},)x"
      R"x("packages":["bash-5.1-9.el9.x86_64"]})x");
}

}  // namespace
}  // namespace bundle
