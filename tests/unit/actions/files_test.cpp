#include "actions/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>

#include "actions/folders.hpp"
#include "steps/change.hpp"
#include "support/bare_host.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

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

TEST_CASE("files are written and copied lawfully") {
  using test::FakeWorld;
  const test::Laws laws{.ignored = {"file /var/lib/bundle", "folder /var/lib/bundle"}};
  const auto write = [](const char* path, unsigned mode) {
    return test::lawful(
        [=](FakeWorld&) { return actions::write_file({.path = path, .content = "ours\n", .mode = mode}); },
        actions::undo_file);
  };
  test::check_laws(test::new_world, write("/etc/hostname", 0644), laws);
  test::check_laws(test::new_world, write("/etc/hostname", 0600), laws);
  test::check_laws(test::new_world, write("/etc/new/folder/x", 0755), laws);
  const auto copy = [](FakeWorld&) { return actions::copy_file("/etc/fstab", "/root/.kube/config", 0600); };
  test::check_laws(test::new_world, test::lawful(copy, actions::undo_file), laws);
}

TEST_CASE("a file with another mode, or with more or less in it, is not done") {
  test::BareHost fake;
  const auto action = actions::write_file({.path = "/etc/x", .content = "ours\n", .mode = 0640});
  fake.put("/etc/x", "ours\n");
  CHECK_FALSE(action->is_done(fake.context));
  std::filesystem::permissions(fake.host.at("/etc/x"), std::filesystem::perms(0640));
  CHECK(action->is_done(fake.context));
  for (const char* content : {"", "ours", "ours\n\n"}) {
    fake.put("/etc/x", content);
    CHECK_FALSE(action->is_done(fake.context));
  }
  std::filesystem::remove(fake.host.at("/etc/x"));
  CHECK_FALSE(action->is_done(fake.context));
  CHECK(test::holds(test::thrown_by([&] { action->verify(fake.context); }).message(),
                    "write /etc/x (mode 0640)\n  | ours\n"));
}

TEST_CASE("what a cut left of a file that was being written does not hinder the next try") {
  test::BareHost fake;
  fake.put("/etc/.x.bundle-partial", "half of what was lon");
  actions::write_file({.path = "/etc/x", .content = "ours\n"})->apply(fake.context);
  CHECK(fake.get("/etc/x") == "ours\n");
  CHECK(fake.host.list("/etc") == std::vector<std::string>{"x"});
}

TEST_CASE("a copy is of the file as it is when the action runs, and follows it") {
  test::BareHost fake;
  fake.put("/etc/kubernetes/admin.conf", "first\n");
  const auto action = actions::copy_file("/etc/kubernetes/admin.conf", "/root/.kube/config", 0600);
  action->apply(fake.context);
  CHECK(fake.get("/root/.kube/config") == "first\n");
  CHECK(mode_of(fake.host.at("/root/.kube/config")) == 0600);
  CHECK(action->is_done(fake.context));
  fake.put("/etc/kubernetes/admin.conf", "second\n");
  CHECK_FALSE(action->is_done(fake.context));
}

TEST_CASE("a copy that was renewed with its file is taken back, any other is left") {
  test::BareHost fake;
  fake.put("/etc/kubernetes/admin.conf", "first\n");
  const auto action = actions::copy_file("/etc/kubernetes/admin.conf", "/root/.kube/config", 0600);
  const steps::Change change = action->capture(fake.context);
  action->apply(fake.context);
  fake.put("/root/.kube/config", "second\n");
  steps::undo_change(fake.host, change, kUndos);
  CHECK(fake.get("/root/.kube/config") == "second\n");
  fake.put("/etc/kubernetes/admin.conf", "second\n");
  steps::undo_change(fake.host, change, kUndos);
  CHECK_FALSE(fake.host.exists("/root/.kube/config"));
}

TEST_CASE("of a file that is not there no copy is made, not even an empty one") {
  test::BareHost fake;
  const auto action = actions::copy_file("/etc/kubernetes/admin.conf", "/root/.kube/config", 0600);
  fake.put("/root/.kube/config", "");
  std::filesystem::permissions(fake.host.at("/root/.kube/config"), std::filesystem::perms(0600));
  CHECK_FALSE(action->is_done(fake.context));
  fake.put("/root/.kube/config", "theirs\n");
  for (const Error& error : {test::thrown_by([&] { action->capture(fake.context); }),
                             test::thrown_by([&] { action->apply(fake.context); })}) {
    CHECK(error.kind() == ErrorKind::step);
    CHECK(error.message() ==
          "/etc/kubernetes/admin.conf is not there, and should be copied to /root/.kube/config");
  }
  CHECK(fake.get("/root/.kube/config") == "theirs\n");
}

TEST_CASE("what actions on files are made of") {
  const auto written = [](const char* content, unsigned mode) {
    return actions::write_file({.path = "/f", .content = content, .mode = mode})->inputs();
  };
  CHECK(
      json::canonical(written("x\n", 0644)) ==
      R"({"mode":420,"sha256":"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac","write":"/f"})");
  CHECK(written("x\n", 0644) == written("x\n", 0644));
  CHECK(written("x\n", 0644) != written("x", 0644));
  CHECK(written("x\n", 0644) != written("x\n", 0600));
  CHECK(json::canonical(actions::copy_file("/a", "/b", 0600)->inputs()) ==
        R"({"copy":"/a","mode":384,"to":"/b"})");
  CHECK(json::canonical(actions::own_folder("/a")->inputs()) == R"({"own-folder":"/a"})");
}

TEST_CASE("what actions on files say that they would do") {
  CHECK(actions::write_file({.path = "/f", .content = "a\n\n\tb\n\n\n", .mode = 04755})->describe() ==
        "write /f (mode 4755)\n  | a\n  | \n  | \tb\n");
  CHECK(actions::write_file({.path = "/f", .content = "no newline"})->describe() ==
        "write /f (mode 0644)\n  | no newline\n");
  CHECK(actions::copy_file("/a", "/b", 0600)->describe() == "install -m 0600 /a /b\n");
  CHECK(actions::own_folder("/a")->describe() == "/a is removed by undo unless it is there already\n");
}

}  // namespace bundle
