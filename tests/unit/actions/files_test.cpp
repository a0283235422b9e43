#include "actions/files.hpp"
#include "steps/change.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>

#include "support/bare_host.hpp"

namespace bundle {
namespace {

constexpr std::array kUndos{steps::UndoRow{.type = "file", .undo = actions::undo_file},
                            steps::UndoRow{.type = "folder", .undo = actions::undo_folder}};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a written file has its content and mode, and undo gives back content, mode or absence") {
  test::BareHost fake;
  fake.put("/etc/chrony.conf", "pool x\n");
  std::filesystem::permissions(fake.host.at("/etc/chrony.conf"), std::filesystem::perms(0640));
  const auto action =
      actions::write_file({.path = "/etc/chrony.conf", .content = "server y\n", .mode = 0600});
  CHECK_FALSE(action->is_done(fake.context));
  const steps::Change change = action->capture(fake.context);
  action->apply(fake.context);
  CHECK(action->is_done(fake.context));
  CHECK(mode_of(fake.host.at("/etc/chrony.conf")) == 0600);
  steps::undo_change(fake.host, change, kUndos);
  CHECK(fake.get("/etc/chrony.conf") == "pool x\n");
  CHECK(mode_of(fake.host.at("/etc/chrony.conf")) == 0640);
}

TEST_CASE("undo leaves a file that somebody has changed since") {
  test::BareHost fake;
  const auto action = actions::write_file({.path = "/etc/new/x.conf", .content = "ours\n"});
  const steps::Change change = action->capture(fake.context);
  action->apply(fake.context);
  fake.put("/etc/new/x.conf", "theirs\n");
  steps::undo_change(fake.host, change, kUndos);
  CHECK(fake.get("/etc/new/x.conf") == "theirs\n");
}

TEST_CASE("a symbolic link is put back as one") {
  test::BareHost fake;
  fake.put("/run/real.conf", "x\n");
  std::filesystem::create_directories(fake.host.at("/etc"));
  std::filesystem::create_symlink("../run/real.conf", fake.host.at("/etc/link.conf"));
  const auto action = actions::write_file({.path = "/etc/link.conf", .content = "ours\n"});
  const steps::Change change = action->capture(fake.context);
  action->apply(fake.context);
  CHECK(fake.get("/run/real.conf") == "x\n");
  steps::undo_change(fake.host, change, kUndos);
  CHECK(std::filesystem::read_symlink(fake.host.at("/etc/link.conf")) == "../run/real.conf");
}

TEST_CASE("a folder that programs filled goes only when it was not there before") {
  test::BareHost fake;
  fake.put("/var/lib/kept/theirs", "x");
  for (const std::string path : {"/var/lib/kept", "/var/lib/made"}) {
    const steps::Change change = actions::own_folder(path)->capture(fake.context);
    fake.put(path + "/file", "x");
    steps::undo_change(fake.host, change, kUndos);
  }
  CHECK(fake.host.exists("/var/lib/kept/theirs"));
  CHECK_FALSE(fake.host.exists("/var/lib/made"));
}

}  // namespace bundle
