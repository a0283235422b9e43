#include "upkeep/snapshots.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "support/skip.hpp"
#include "support/small_disk.hpp"
#include "support/thrown.hpp"
#include "unit/upkeep/master.hpp"

namespace bundle::upkeep {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::Master;

constexpr const char* kFolder = "/var/backups/etcd";
constexpr std::int64_t kDay = 86400;

unsigned mode_of(const Master& master, const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(master.host.at(path).c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a snapshot is for root alone, and of all the newest stay") {
  Master master;
  std::vector<std::string> taken;
  for (int day = 0; day < 5; ++day) {
    taken.push_back(take_snapshot(master.host, {.folder = kFolder, .keep = 3}));
    master.now += kDay;
  }
  CHECK(join(master.host.list(kFolder), " ") == "etcd-20261130T" + taken[2].substr(taken[2].find('T') + 1) +
                                                    " " + taken[3].substr(18) + " " + taken[4].substr(18));
  CHECK(mode_of(master, taken.back()) == 0600);
  CHECK(mode_of(master, kFolder) == 0700);
}

TEST_CASE("a clock that was set back does not cost the snapshot that was just taken") {
  Master master;
  take_snapshot(master.host, {.folder = kFolder, .keep = 1});
  master.now -= kDay;
  const std::string newest = take_snapshot(master.host, {.folder = kFolder, .keep = 1});
  CHECK(master.host.list(kFolder) == std::vector<std::string>{newest.substr(18)});
}

TEST_CASE("a snapshot that fails leaves the earlier ones, and nothing else") {
  Master master;
  const std::string earlier = take_snapshot(master.host, {.folder = kFolder, .keep = 1});
  master.now += kDay;
  SUBCASE("etcd does not give it") {
    master.etcdctl_error = "context deadline exceeded";
    const Error error = thrown_by([&] { take_snapshot(master.host, {.folder = kFolder, .keep = 1}); });
    CHECK(error.kind() == ErrorKind::step);
    CHECK(holds(error.message(), "context deadline exceeded"));
  }
  SUBCASE("the disk fills meanwhile") {
    master.etcdctl_error = "write /var/backups/etcd/x.part: no space left on device";
    CHECK(thrown_by([&] { take_snapshot(master.host, {.folder = kFolder, .keep = 1}); }).kind() ==
          ErrorKind::no_space);
  }
  SUBCASE("it is cut off anywhere") {
    Master whole;
    take_snapshot(whole.host, {.folder = kFolder});
    for (std::size_t cut = 0; cut < whole.commands; ++cut) {
      master.commands = 0;
      master.cut_at = cut;
      CHECK(thrown_by([&] { take_snapshot(master.host, {.folder = kFolder, .keep = 1}); }).kind() ==
            ErrorKind::interrupted);
    }
  }
  CHECK(master.host.list(kFolder) == std::vector<std::string>{earlier.substr(18)});
}

TEST_CASE("a disk without room is said before etcd is asked") {
  Master master;
  std::filesystem::resize_file(master.host.at("/var/lib/etcd/member/snap/db"), 8 << 20);
  constexpr std::uint64_t kSmall = 1 << 20;
  const int status = bundle::test::on_small_disk(master.host.at(kFolder), kSmall, [&] {
    const Error error = thrown_by([&] { take_snapshot(master.host, {.folder = kFolder}); });
    return error.kind() == ErrorKind::no_space && holds(error.message(), "8.0 MiB") && master.commands == 0
               ? 0
               : 1;
  });
  if (status == bundle::test::kNoMounts) {
    bundle::test::skip("mounts of one's own need root (unshare)");
  }
  CHECK(status == 0);
}

TEST_CASE("a snapshot that is cut off or changed anywhere is no snapshot") {
  Master master;
  const EtcdPod etcd = own_etcd(master.host);
  const std::string whole = test::snapshot_bytes("data");
  const std::string path = "/root/some.db";
  master.put(path, whole);
  CHECK(check_snapshot(master.host, etcd, path).revision == 42);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    master.put(path, whole.substr(0, size));
    CHECK(thrown_by([&] { check_snapshot(master.host, etcd, path); }).kind() == ErrorKind::integrity);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    master.put(path, changed);
    CHECK(thrown_by([&] { check_snapshot(master.host, etcd, path); }).kind() == ErrorKind::integrity);
  }
  CHECK(thrown_by([&] { check_snapshot(master.host, etcd, "/root/none.db"); }).kind() == ErrorKind::usage);
}

TEST_CASE("a containerd that does not answer is no fault of the snapshot") {
  Master master;
  master.put("/root/some.db", test::snapshot_bytes("data"));
  master.is_containerd_on = false;
  const Error error = thrown_by([&] { check_snapshot(master.host, own_etcd(master.host), "/root/some.db"); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "containerd does not answer"));
}

TEST_CASE("a host without etcd is told so") {
  Master master;
  std::filesystem::remove(master.host.at(kEtcdManifest));
  CHECK(thrown_by([&] { take_snapshot(master.host, {}); }).kind() == ErrorKind::preflight);
}

}  // namespace bundle::upkeep
