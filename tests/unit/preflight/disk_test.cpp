#include <doctest/doctest.h>

#include "media_host.hpp"
#include "preflight/preflight.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::error;
using test::FakeHost;
using test::MediaHost;

struct DiskHost : MediaHost {
  std::filesystem::space_info space = std::filesystem::space(root.path());
  Check only_space() {
    const std::vector<Check> found = look(disk_checks());
    return found.size() == 1 ? found[0] : Check{.id = fmt::format("{} findings", found.size())};
  }
};

// On a disk of the test machine that is nearly full there may be a warning in any case.
TEST_CASE_FIXTURE(DiskHost, "images have to fit compressed and unpacked") {
  CHECK_FALSE(has_error(look(disk_checks())));
  set_layer_size(space.available / 2 + (1 << 20));
  const Check found = only_space();
  CHECK(found.id == "disk-space");
  CHECK(found.severity == Severity::error);
  CHECK(holds(found.seen, "images of"));
  CHECK(holds(found.seen,
              " and what they unpack to in /var/lib/containerd; RPMs, charts and programs in "
              "/var/lib/bundle"));
  CHECK(found.fix ==
        "df -h /var/lib/containerd; make room, or name a larger disk in the site file: storage: {containerd: "
        "FOLDER}");
  SUBCASE("what only may not fit is a warning") {
    set_layer_size(space.available / 3);
    CHECK(only_space().severity == Severity::warning);
    CHECK(holds(only_space().seen, ": kubelet throws out images and pods when less than 15% are left"));
  }
  SUBCASE("what containerd has already needs no room") {
    put("/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/" +
            index.find_entry("blobs/sha256/" + sha256_hex("layer"))->sha256,
        "");
    CHECK_FALSE(has_error(look(disk_checks())));
  }
  SUBCASE("images for other roles need none") {
    index.images.at(0).roles = {"gpu"};
    CHECK_FALSE(has_error(look(disk_checks())));
  }
  SUBCASE("the site's folder is looked at") {
    site.containerd_root = "/data/containerd";
    CHECK(only_space().fix.starts_with("df -h /data/containerd; "));
  }
}

TEST_CASE_FIXTURE(DiskHost, "what is unpacked already needs no room") {
  const std::uint64_t much = space.available + (1 << 20);
  for (format::Entry& entry : index.entries) {
    entry.size_bytes = entry.path.str() == "charts/demo.tgz" ? much : entry.size_bytes;
  }
  CHECK(only_space().severity == Severity::error);
  node.roles = {"worker"};  // charts are a master's
  CHECK_FALSE(has_error(look(disk_checks())));
  node.roles = {"master"};
  put("/var/lib/bundle/charts/demo.tgz", "");
  CHECK_FALSE(has_error(look(disk_checks())));
}

TEST_CASE_FIXTURE(DiskHost, "files with a place of their own on the same file system add up") {
  index.files = {{.path = "files/model", .to = "/data/model"}};
  index.entries.push_back({.path = RelPath("files/model"), .size_bytes = 2 * space.capacity, .sha256 = "m"});
  format::sort_lists(index);
  CHECK(only_space().severity == Severity::error);
  CHECK(holds(only_space().seen, "/data/model in /data; images of"));
  CHECK(only_space().fix.starts_with("df -h /data; "));
  SUBCASE("one for other roles does not count") {
    index.files.at(0).roles = {"gpu"};
    CHECK_FALSE(has_error(look(disk_checks())));
  }
  SUBCASE("nor one that is there") {
    put("/data/model", "");
    CHECK_FALSE(has_error(look(disk_checks())));
  }
  SUBCASE("nor one without a place") {
    index.files.at(0).to.clear();
    CHECK_FALSE(has_error(look(disk_checks())));
  }
}

struct Mounted : FakeHost {
  Mounted() { site.containerd_root = "/data/containerd"; }
  void mount(const std::string& line) { put("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n" + line + "\n"); }
};

TEST_CASE_FIXTURE(Mounted, "containers cannot run where nothing may be executed or written") {
  mount("/dev/sdb1 /data ext4 rw,noexec 0 0");
  CHECK(only(disk_checks()) ==
        error("mount-option",
              "/data/containerd lies on /data, which is mounted noexec: containers could not run",
              "mount -o remount,rw,exec /data, and the same in /etc/fstab"));
  mount("/dev/sdb1 /data ext4 ro,relatime 0 0");
  CHECK(only(disk_checks()).seen ==
        "/data/containerd lies on /data, which is mounted ro: containers could not run");
  mount("/dev/sdb1 /data ext4 ro,noexec 0 0");
  CHECK(found_by(disk_checks()).size() == 2);
  SUBCASE("another file system's options do not matter") {
    mount("/dev/sdb1 /database ext4 ro,noexec 0 0");
    CHECK(found_by(disk_checks()).empty());
  }
  SUBCASE("nor does an option that only begins so") {
    mount("/dev/sdb1 /data ext4 rw,errors=remount-ro,nosuid 0 0");
    CHECK(found_by(disk_checks()).empty());
  }
  SUBCASE("nothing is known of mounts") {
    remove("/proc/self/mounts");
    CHECK(found_by(disk_checks()).empty());
  }
}

TEST_CASE_FIXTURE(Mounted, "an XFS without file types is an error") {
  mount("/dev/sdb1 /data xfs rw 0 0");
  CHECK(found_by(disk_checks()).empty());  // no xfs_info, nothing known
  runner.on({"xfs_info", "/data"}, {.out = "naming   =version 2    bsize=4096   ascii-ci=0, ftype=0\n"});
  CHECK(only(disk_checks()) ==
        error("xfs-ftype",
              "/data/containerd lies on an XFS that was made with ftype=0, which overlayfs does not work on",
              "mkfs.xfs -n ftype=1 on another disk, and 'storage: {containerd: FOLDER}' in the site file"));
  runner.on({"xfs_info", "/data"}, {.out = "naming   =version 2    bsize=4096   ascii-ci=0, ftype=1\n"});
  CHECK(found_by(disk_checks()).empty());
}

TEST_CASE_FIXTURE(Mounted, "a bad mount and a bad XFS are two findings") {
  mount("/dev/sdb1 /data xfs rw,noexec 0 0");
  runner.on({"xfs_info", "/data"}, {.out = "naming   =version 2    bsize=4096   ascii-ci=0, ftype=0\n"});
  const std::vector<Check> found = found_by(disk_checks());
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "mount-option");
  CHECK(found[1].id == "xfs-ftype");
}

}  // namespace
}  // namespace bundle::preflight
