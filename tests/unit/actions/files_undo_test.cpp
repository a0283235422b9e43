#include "actions/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/bare_host.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

// What undo gives back of a file, and what it leaves to others.
namespace bundle::actions {
namespace {

using test::BareHost;
using test::thrown_by;

// SHA-256 of "before\n" and "ours\n".
constexpr const char* kBefore = "9160d4be34c8695bd172a76c7c7966587ea5a4d991ad22c87b2b91af54aa9ebb";
constexpr const char* kOurs = "13102ad5e68a577a21dbe1aa6b16189e93e979278d6b9917d7f279a9a3dabd16";

struct stat stat_of(const BareHost& fake, const std::string& path) {
  struct stat status{};
  REQUIRE(::lstat(fake.host.at(path).c_str(), &status) == 0);
  return status;
}

unsigned mode_of(const BareHost& fake, const std::string& path) {
  return stat_of(fake, path).st_mode & 07777;
}

void set_mode(const BareHost& fake, const std::string& path, unsigned mode) {
  REQUIRE(::chmod(fake.host.at(path).c_str(), mode) == 0);
}

/// Writes "ours\n" there, as a step does; what undo needs.
steps::Change write_ours(BareHost& fake, const std::string& path, unsigned mode = 0644) {
  const auto action = write_file({.path = path, .content = "ours\n", .mode = mode});
  steps::Change change = action->capture(fake.context);
  action->apply(fake.context);
  action->verify(fake.context);
  return change;
}

}  // namespace

TEST_CASE("of a file that was not there undo needs the folders that were not, the innermost first") {
  BareHost fake;
  fake.put("/etc/x", "");
  const steps::Change change = write_ours(fake, "/etc/a/b/c.conf");
  CHECK(change == steps::Change{.type = "file",
                                .key = "/etc/a/b/c.conf",
                                .before = {{"ours", kOurs}, {"folders", json::Array{"/etc/a/b", "/etc/a"}}}});
  undo_file(fake.host, change);
  CHECK(fake.host.list("/etc") == std::vector<std::string>{"x"});
}

TEST_CASE("a folder that was made on the way stays while others have something in it") {
  BareHost fake;
  fake.put("/etc/x", "");
  const steps::Change change = write_ours(fake, "/etc/a/b/c.conf");
  fake.put("/etc/a/theirs", "");
  undo_file(fake.host, change);
  CHECK(fake.host.list("/etc/a") == std::vector<std::string>{"theirs"});
}

TEST_CASE("of a file that was there undo needs content, mode and owner") {
  BareHost fake;
  fake.put("/etc/x", "before\n");
  set_mode(fake, "/etc/x", 0640);
  const bool is_root = ::geteuid() == 0;
  const uid_t uid = is_root ? 12 : ::geteuid();
  const gid_t gid = is_root ? 34 : ::getegid();
  REQUIRE(::chown(fake.host.at("/etc/x").c_str(), uid, gid) == 0);
  const steps::Change change = write_ours(fake, "/etc/x", 0600);
  CHECK(change.before == json::Object{{"ours", kOurs},
                                      {"sha256", kBefore},
                                      {"mode", 0640},
                                      {"uid", std::uint64_t{uid}},
                                      {"gid", std::uint64_t{gid}}});
  const std::string backup = std::string("/var/lib/bundle/backup/") + kBefore;
  CHECK(fake.get(backup) == "before\n");
  CHECK(mode_of(fake, backup) == 0600);  // whatever secrets it holds
  CHECK(mode_of(fake, "/etc/x") == 0600);
  for (int i = 0; i < 2; ++i) {
    undo_file(fake.host, change);
    CHECK(fake.get("/etc/x") == "before\n");
    CHECK(mode_of(fake, "/etc/x") == 0640);
    CHECK(stat_of(fake, "/etc/x").st_uid == uid);
    CHECK(stat_of(fake, "/etc/x").st_gid == gid);
  }
}

TEST_CASE("a file that runs as its owner does so again after an undo") {
  BareHost fake;
  fake.put("/usr/bin/x", "before\n");
  set_mode(fake, "/usr/bin/x", 06755);
  const steps::Change change = write_ours(fake, "/usr/bin/x", 0755);
  undo_file(fake.host, change);
  CHECK(mode_of(fake, "/usr/bin/x") == 06755);
}

TEST_CASE("a file that somebody has removed since comes back as it was") {
  BareHost fake;
  fake.put("/etc/x", "before\n");
  const steps::Change change = write_ours(fake, "/etc/x");
  std::filesystem::remove(fake.host.at("/etc/x"));
  undo_file(fake.host, change);
  CHECK(fake.get("/etc/x") == "before\n");
}

TEST_CASE("a file of which only the mode was another comes back too") {
  BareHost fake;
  fake.put("/etc/x", "ours\n");
  set_mode(fake, "/etc/x", 0640);
  const steps::Change change = write_ours(fake, "/etc/x", 0600);
  std::filesystem::remove(fake.host.at("/etc/x"));
  undo_file(fake.host, change);
  CHECK(fake.get("/etc/x") == "ours\n");
  CHECK(mode_of(fake, "/etc/x") == 0640);
}

TEST_CASE("a file that somebody has changed since is left, with its mode") {
  BareHost fake;
  fake.put("/etc/x", "before\n");
  const steps::Change change = write_ours(fake, "/etc/x");
  fake.put("/etc/x", "theirs\n");
  set_mode(fake, "/etc/x", 0604);
  undo_file(fake.host, change);
  CHECK(fake.get("/etc/x") == "theirs\n");
  CHECK(mode_of(fake, "/etc/x") == 0604);
}

TEST_CASE("undo that was cut off before it set the mode does that the second time") {
  BareHost fake;
  fake.put("/etc/x", "before\n");
  set_mode(fake, "/etc/x", 0640);
  const steps::Change change = write_ours(fake, "/etc/x");
  fake.put("/etc/x", "before\n");
  std::filesystem::remove_all(fake.host.at("/var/lib/bundle/backup"));
  undo_file(fake.host, change);
  CHECK(mode_of(fake, "/etc/x") == 0640);
}

TEST_CASE("a kept copy that is damaged or gone is an error, and our file stays") {
  for (const bool is_gone : {false, true}) {
    CAPTURE(is_gone);
    BareHost fake;
    fake.put("/etc/x", "before\n");
    const steps::Change change = write_ours(fake, "/etc/x");
    const std::string backup = std::string("/var/lib/bundle/backup/") + kBefore;
    fake.put(backup, "beforE\n");
    if (is_gone) {
      std::filesystem::remove(fake.host.at(backup));
    }
    const Error error = thrown_by([&] { undo_file(fake.host, change); });
    CHECK(error.kind() == (is_gone ? ErrorKind::usage : ErrorKind::integrity));
    CHECK(test::holds(error.message(), is_gone ? backup : backup + ": the kept copy of /etc/x is damaged"));
    CHECK(fake.get("/etc/x") == "ours\n");
  }
}

TEST_CASE("a link is put back, and a second undo leaves it") {
  for (const bool is_dangling : {false, true}) {
    CAPTURE(is_dangling);
    BareHost fake;
    fake.put("/etc/other", "");
    if (!is_dangling) {
      fake.put("/run/real", "real\n");
    }
    std::filesystem::create_symlink("../run/real", fake.host.at("/etc/link"));
    const steps::Change change = write_ours(fake, "/etc/link");
    CHECK(change.before == json::Object{{"ours", kOurs}, {"link", "../run/real"}});
    for (int i = 0; i < 2; ++i) {
      undo_file(fake.host, change);
      CHECK(std::filesystem::read_symlink(fake.host.at("/etc/link")) == "../run/real");
    }
    CHECK(fake.host.read("/run/real") == (is_dangling ? std::nullopt : std::optional<std::string>("real")));
  }
}

TEST_CASE("a link that is gone since, as a cut of undo leaves it, comes back") {
  BareHost fake;
  fake.put("/etc/other", "");
  std::filesystem::create_symlink("nowhere", fake.host.at("/etc/link"));
  const steps::Change change = write_ours(fake, "/etc/link");
  std::filesystem::remove(fake.host.at("/etc/link"));
  undo_file(fake.host, change);
  CHECK(std::filesystem::read_symlink(fake.host.at("/etc/link")) == "nowhere");
}

TEST_CASE("a folder that somebody has put in the file's place is left") {
  for (const bool was_there : {false, true}) {
    CAPTURE(was_there);
    BareHost fake;
    if (was_there) {
      fake.put("/etc/x", "before\n");
    }
    const steps::Change change = write_ours(fake, "/etc/x");
    std::filesystem::remove(fake.host.at("/etc/x"));
    fake.put("/etc/x/theirs", "theirs\n");
    CHECK_NOTHROW(undo_file(fake.host, change));
    CHECK(fake.get("/etc/x/theirs") == "theirs\n");
  }
}

TEST_CASE("what is left alone is named, with where its original is kept") {
  BareHost fake;
  fake.put("/etc/x", "before\n");
  fake.put("/etc/target", "");
  std::filesystem::create_symlink("target", fake.host.at("/etc/link"));
  const steps::Change file = write_ours(fake, "/etc/x");
  const steps::Change link = write_ours(fake, "/etc/link");
  const steps::Change made = write_ours(fake, "/etc/made");
  for (const char* path : {"/etc/x", "/etc/link", "/etc/made"}) {
    fake.put(path, "theirs\n");
  }
  const std::string said = test::said_by([&] {
    for (const steps::Change& change : {file, link, made}) {
      undo_file(fake.host, change);
    }
  });
  const std::string backup = std::string("/var/lib/bundle/backup/") + kBefore;
  CHECK(
      test::holds(said,
                  "/etc/x was changed since it was installed; it is left as it is; what was there before is "
                  "kept as " +
                      backup));
  CHECK(test::holds(said,
                    "/etc/link was changed since it was installed; it is left as it is; before there was a "
                    "link to target"));
  CHECK(test::holds(said,
                    "/etc/made was changed since it was installed; it is left as it is; there was no such "
                    "file before"));
  CHECK(fake.get(backup) == "before\n");
}

TEST_CASE("a link that somebody has put in the file's place is left, be our very bytes behind it") {
  for (const bool was_there : {false, true}) {
    CAPTURE(was_there);
    BareHost fake;
    if (was_there) {
      fake.put("/etc/x", "before\n");
    }
    const steps::Change change = write_ours(fake, "/etc/x");
    std::filesystem::rename(fake.host.at("/etc/x"), fake.host.at("/etc/moved"));
    std::filesystem::create_symlink("moved", fake.host.at("/etc/x"));
    undo_file(fake.host, change);
    CHECK(std::filesystem::is_symlink(fake.host.at("/etc/x")));
    CHECK(fake.get("/etc/moved") == "ours\n");
  }
}

TEST_CASE("what a first try wrote is ours too after a second one with other content was cut off") {
  for (const bool was_there : {false, true}) {
    CAPTURE(was_there);
    BareHost fake;
    if (was_there) {
      fake.put("/etc/x", "before\n");
    } else {
      fake.put("/etc/other", "");
    }
    const steps::Change first = write_ours(fake, "/etc/x");
    steps::Context again(fake.host, {first});
    steps::Change second = write_file({.path = "/etc/x", .content = "newer\n"})->capture(again);
    CHECK(second.before.at("ours").if_array() != nullptr);
    steps::Change kept = first;  // as the executor has it
    kept.before["ours"] = second.before.at("ours");
    undo_file(fake.host, kept);
    CHECK(fake.host.read("/etc/x") == (was_there ? std::optional<std::string>("before") : std::nullopt));
  }
}

TEST_CASE("a file of any size that somebody has put there is left") {
  BareHost fake;
  const steps::Change change = write_ours(fake, "/etc/a/x");
  std::filesystem::resize_file(fake.host.at("/etc/a/x"), (16 << 20) + 1);
  CHECK_NOTHROW(undo_file(fake.host, change));
  CHECK(std::filesystem::file_size(fake.host.at("/etc/a/x")) == (16 << 20) + 1);
}

TEST_CASE("what a write that was cut off has left goes as well") {
  BareHost fake;
  const auto action = write_file({.path = "/etc/a/x", .content = "ours\n"});
  const steps::Change change = action->capture(fake.context);
  fake.put("/etc/a/.x.bundle-partial", "ou");
  undo_file(fake.host, change);
  CHECK_FALSE(fake.host.exists("/etc/a"));
}

TEST_CASE("what is neither a file nor a link is not written over") {
  BareHost fake;
  fake.put("/etc/x/y", "");
  const auto action = write_file({.path = "/etc/x", .content = "ours\n"});
  const Error error = thrown_by([&] { action->capture(fake.context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(error.message() == "/etc/x is not a regular file");
}

}  // namespace bundle::actions
