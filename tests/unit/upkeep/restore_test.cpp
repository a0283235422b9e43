#include "upkeep/restore.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.hpp"
#include "support/thrown.hpp"
#include "unit/upkeep/master.hpp"

namespace bundle::upkeep {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::Master;

constexpr const char* kSnapshot = "/root/etcd.db";
constexpr const char* kDatabase = "/var/lib/etcd/member/snap/db";

struct Lonely : Master {
  Lonely() { put(kSnapshot, test::snapshot_bytes("data")); }

  /// Nothing of it, done or begun.
  bool is_untouched() const {
    return get(kDatabase) == "old data" && host.list("/var/lib/etcd") == std::vector<std::string>{"member"} &&
           restarted.empty() && deleted.empty();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Lonely, "etcd has what the snapshot holds, and what it had lies beside it") {
  const Restored restored = restore_etcd(host, {.snapshot = kSnapshot});
  CHECK(restored.revision == 42);
  CHECK(get(kDatabase) == std::string("data of ") + kSnapshot);
  CHECK(get(restored.former_data + "/member/snap/db") == "old data");
  CHECK(is_kubelet_on);
  CHECK(join(restored.gone, " ") == "m2 m3");
  CHECK(join(deleted, " ") == "m2 --wait=false m3 --wait=false");
  CHECK(restored.alive.empty());
}

TEST_CASE_FIXTURE(Lonely, "a damaged snapshot is refused, and so is a restore that nothing asks for") {
  put(kSnapshot, test::snapshot_bytes("data") + "x");
  CHECK(thrown_by([&] { restore_etcd(host, {.snapshot = kSnapshot, .is_forced = true}); }).kind() ==
        ErrorKind::integrity);
  put(kSnapshot, test::snapshot_bytes("data"));
  has_majority = true;
  CHECK(thrown_by([&] { restore_etcd(host, {.snapshot = kSnapshot}); }).kind() == ErrorKind::preflight);
  has_majority = false;
  answering.insert("10.0.0.6 2380");
  const Error error = thrown_by([&] { restore_etcd(host, {.snapshot = kSnapshot}); });
  CHECK(error.kind() == ErrorKind::preflight);
  CHECK(holds(error.message(), "the etcd of m2 (10.0.0.6) answers"));
  CHECK(is_untouched());
}

TEST_CASE_FIXTURE(Lonely, "with --force another master may answer, and is named instead of removed") {
  answering = {"10.0.0.6 2380", "10.0.0.6 10250"};
  const Restored restored = restore_etcd(host, {.snapshot = kSnapshot, .is_forced = true});
  CHECK(join(restored.alive, " ") == "m2");
  CHECK(join(restored.gone, " ") == "m3");
}

namespace {

/// A restore is cut off before each of its commands in turn; `then` sees what that leaves.
void at_each_cut(const std::function<void(Lonely&)>& then) {
  Lonely whole;
  restore_etcd(whole.host, {.snapshot = kSnapshot});
  for (std::size_t cut = 0; cut < whole.commands; ++cut) {
    CAPTURE(cut);
    Lonely master;
    master.cut_at = cut;
    CHECK(thrown_by([&] { restore_etcd(master.host, {.snapshot = kSnapshot}); }).kind() ==
          ErrorKind::interrupted);
    master.cut_at = SIZE_MAX;
    then(master);
  }
}

}  // namespace

TEST_CASE("wherever a restore is cut off, the next one finishes it, and once") {
  at_each_cut([](Lonely& master) {
    const Restored restored = restore_etcd(master.host, {.snapshot = kSnapshot});
    CHECK(master.get(kDatabase) == std::string("data of ") + kSnapshot);
    CHECK(master.get(restored.former_data + "/member/snap/db") == "old data");
    CHECK(master.host.list("/var/lib/etcd").size() == 2);
    CHECK(master.is_kubelet_on);
    CHECK_FALSE(master.exists("/var/lib/bundle/etcd-restore.json"));
  });
}

TEST_CASE("another snapshot after a restore that was cut off begins anew, and no data is lost") {
  at_each_cut([](Lonely& master) {
    master.put("/root/other.db", test::snapshot_bytes("other"));
    restore_etcd(master.host, {.snapshot = "/root/other.db"});
    CHECK(master.get(kDatabase) == "data of /root/other.db");
    bool is_kept = false;
    for (const std::string& name : master.host.list("/var/lib/etcd")) {
      is_kept = is_kept ||
                (name != "member" && master.get("/var/lib/etcd/" + name + "/member/snap/db") == "old data");
    }
    CHECK(is_kept);
  });
}

}  // namespace bundle::upkeep
