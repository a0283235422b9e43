#include "host/mounts.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

constexpr const char* kTable =
    "22 1 8:2 / / rw,relatime shared:1 - xfs /dev/sda2 rw,seclabel\n"
    "30 22 0:25 / /proc rw - proc proc rw\n"
    "40 22 0:52 /export/my\\040share /var/lib/kubelet/a\\040b\\134c rw shared:7 master:2 - nfs4 srv:/export "
    "rw\n"
    "41 22 8:2 /srv/data /var/lib/kubelet/data rw,relatime - xfs /dev/sda2 rw\n"
    "torn line\n"
    "42 22 8:2 / /x rw\n"
    "43 22 0:60 / /var/lib/kubelet/pods/u/volumes/kubernetes.io~projected/t rw - tmpfs tmpfs rw\n";

}  // namespace

TEST_CASE("rows of mountinfo are read with any number of optional fields, and unreadable ones passed over") {
  HealthyHost fake;
  fake.put("/proc/self/mountinfo", kTable);
  const std::vector<MountPoint> mounts = mount_points(fake.host);
  REQUIRE(mounts.size() == 5);
  CHECK(mounts[0].folder == "/");
  CHECK(mounts[0].device == "8:2");
  CHECK(mounts[2].folder == "/var/lib/kubelet/a b\\c");
  CHECK(mounts[2].root == "/export/my share");
  CHECK(mounts[2].type == "nfs4");
  CHECK(mounts[2].source == "srv:/export");
  CHECK(is_mount_point(mounts, "/var/lib/kubelet/data"));
  CHECK_FALSE(is_mount_point(mounts, "/var/lib/kubelet/data/x"));
  CHECK_FALSE(is_mount_point(mounts, "/var/lib/kubelet"));
  CHECK(words(mounts[3]) == "/srv/data of /dev/sda2 (xfs)");
  CHECK(words(mounts[4]) == "tmpfs (tmpfs)");
}

TEST_CASE("a host whose mounts cannot be read has none that are known") {
  HealthyHost fake;
  CHECK(mount_points(fake.host).empty());
}

TEST_CASE("within a folder is what begins with all of its name") {
  CHECK(is_within("/a/b", "/a/b"));
  CHECK(is_within("/a/b/c", "/a/b"));
  CHECK(is_within("/a/b", "/"));
  CHECK_FALSE(is_within("/a/bc", "/a/b"));
  CHECK_FALSE(is_within("/a", "/a/b"));
}

TEST_CASE("a mount that shows a part of the folder itself is told from one that shows other data") {
  const MountPoint root{.device = "8:2", .root = "/", .folder = "/", .type = "xfs", .source = "/dev/sda2"};
  const MountPoint subvolume{
      .device = "0:30", .root = "/@root", .folder = "/", .type = "btrfs", .source = "/dev/sda3"};
  const MountPoint disk{.device = "253:1", .root = "/", .folder = "/k", .type = "xfs", .source = "/dev/dm-1"};
  const auto shows = [](const MountPoint& mount, std::vector<MountPoint> others) {
    others.push_back(mount);
    return shows_part_of(others.back(), others, "/k");
  };
  const auto bind = [](const char* device, const char* from, const char* to) {
    return MountPoint{.device = device, .root = from, .folder = to, .type = "xfs", .source = "/dev/sda2"};
  };
  CHECK(shows(bind("8:2", "/k/pods/u/v", "/k/pods/u/sub"), {root}));
  CHECK(shows(bind("8:2", "/k", "/k"), {root}));  // as the kubelet does it to have the folder shared
  CHECK(shows(bind("253:1", "/pods/u/v", "/k/pods/u/sub"), {root, disk}));
  CHECK(shows(bind("0:30", "/@root/k/pods", "/k/p"), {subvolume}));
  CHECK_FALSE(shows(bind("8:2", "/srv/data", "/k/data"), {root}));
  CHECK_FALSE(shows(bind("8:2", "/kk/x", "/k/data"), {root}));
  CHECK_FALSE(shows(bind("8:2", "/srv", "/k/data"), {root, bind("8:2", "/srv", "/k/data")}));  // twice
  CHECK_FALSE(shows(bind("8:3", "/k/pods", "/k/data"), {root}));  // of another disk
  CHECK_FALSE(shows(disk, {root}));
  CHECK_FALSE(shows(bind("0:30", "/k", "/k/x"), {subvolume}));  // a subvolume beside
}

TEST_CASE("a path is followed through links, as long as it stays on the host") {
  HealthyHost fake;
  fake.put("/data/kubelet/x", "");
  fake.put("/var/lib/y", "");
  std::filesystem::create_directory_symlink("../../data/kubelet", fake.host.at("/var/lib/kubelet"));
  CHECK(resolved(fake.host, "/var/lib/kubelet") == "/data/kubelet");
  CHECK(resolved(fake.host, "/var/lib/kubelet/not/there") == "/data/kubelet/not/there");
  CHECK(resolved(fake.host, "/var/lib") == "/var/lib");
  std::filesystem::create_directory_symlink("/", fake.host.at("/var/lib/out"));
  CHECK(resolved(fake.host, "/var/lib/out/tmp") == "/var/lib/out/tmp");
}

}  // namespace bundle::host
