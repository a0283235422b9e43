#include "host/removal.hpp"

#include <doctest/doctest.h>

#include "host/digest.hpp"
#include "support/healthy_host.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;
using test::holds;

void mount_nfs(HealthyHost& fake, const std::string& folder) {
  fake.put(folder + "/theirs", "theirs");
  fake.put("/proc/self/mountinfo", "40 22 0:52 / " + folder + " rw - nfs4 srv:/export rw\n");
}

}  // namespace

TEST_CASE("what is mounted below stays with the folders that lead to it, and is named") {
  HealthyHost fake;
  fake.put("/var/lib/x/gone/a", "");
  fake.put("/var/lib/x/b", "");
  mount_nfs(fake, "/var/lib/x/deep/nfs");
  bool is_gone = true;
  const std::string said = test::said_by([&] { is_gone = remove_path(fake.host, "/var/lib/x"); });
  CHECK_FALSE(is_gone);
  CHECK(fake.host.list("/var/lib/x") == std::vector<std::string>{"deep"});
  CHECK(fake.host.read("/var/lib/x/deep/nfs/theirs") == "theirs");
  CHECK(holds(said, "/var/lib/x/deep/nfs: srv:/export (nfs4) is mounted there; it is left as it is"));
  CHECK(remove_path(fake.host, "/var/lib/none"));
}

TEST_CASE("the content of a folder goes as far as it is asked for") {
  HealthyHost fake;
  mount_nfs(fake, "/var/lib/x");
  fake.put("/var/lib/x/ours", "");
  CHECK(remove_content_of(fake.host, "/var/lib/x", [](std::string_view name) { return name == "ours"; }));
  CHECK(fake.host.list("/var/lib/x") == std::vector<std::string>{"theirs"});
}

TEST_CASE("folders that were made on the way go while they are empty, and only folders do") {
  HealthyHost fake;
  fake.put("/opt/x", "");
  CHECK(missing_folders(fake.host, "/opt/a/b/c") == std::vector<std::string>{"/opt/a/b", "/opt/a"});
  CHECK(missing_folders(fake.host, "/opt/x").empty());
  std::filesystem::create_directories(fake.host.at("/opt/a/b"));
  remove_if_empty(fake.host, {"/opt/a/b", "/opt/a", "/opt/none"});
  CHECK(fake.host.list("/opt") == std::vector<std::string>{"x"});
  remove_if_empty(fake.host, {"/opt/x"});  // somebody has put a file there
  CHECK(fake.host.exists("/opt/x"));
}

TEST_CASE("a digest is that of a regular file, not of what a link leads to") {
  HealthyHost fake;
  fake.put("/a", "ours\n");
  fake.link("/b", "a");
  CHECK(digest_of(fake.host, "/a") == "13102ad5e68a577a21dbe1aa6b16189e93e979278d6b9917d7f279a9a3dabd16");
  CHECK(digest_of(fake.host, "/b") == std::nullopt);
  CHECK(digest_of(fake.host, "/none") == std::nullopt);
  CHECK(digest_of(fake.host, "/") == std::nullopt);
}

}  // namespace bundle::host
