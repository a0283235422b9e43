#include "actions/lines.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>

#include "actions/files.hpp"
#include "actions/selinux.hpp"
#include "base/text.hpp"
#include "steps/executor.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"
#include "support/undo_by_journal.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;

constexpr const char* kFstab = "/etc/fstab";
constexpr const char* kTable = "/dev/dm-0 / xfs defaults 0 0\n/dev/dm-1 none swap defaults 0 0\n";
constexpr const char* kWithoutSwap =
    "/dev/dm-0 / xfs defaults 0 0\n# commented out by bundle: /dev/dm-1 none "
    "swap defaults 0 0\n";

constexpr LineRule kSwap{.id = "swap", .words = "lines of swap", .is_unwanted = [](std::string_view line) {
                           return !line.starts_with('#') && line.find(" swap ") != std::string_view::npos;
                         }};
constexpr LineRule kEnforcing{
    .id = "enforcing", .words = "SELINUX=enforcing", .is_unwanted = [](std::string_view line) {
      return line == "SELINUX=enforcing";
    }};

constexpr std::array kUndos{steps::UndoRow{.type = "file", .undo = undo_file},
                            steps::UndoRow{.type = "lines", .undo = undo_lines},
                            steps::UndoRow{.type = "block", .undo = undo_block},
                            steps::UndoRow{.type = "selinux", .undo = undo_selinux}};

/// A world, and an action's context in it.
struct Machine {
  FakeWorld world;
  test::WorldHost host{world};
  steps::Context context{host.host};

  steps::Change apply(steps::Action& action) {
    steps::Change change = action.capture(context);
    action.apply(context);
    action.verify(context);
    return change;
  }
  void undo(const steps::Change& change) { steps::undo_change(host.host, change, kUndos); }
  unsigned mode_of(const std::string& path) const {
    struct stat status{};
    REQUIRE(::stat(world.files.at(path).c_str(), &status) == 0);
    return status.st_mode & 07777;
  }
};

test::MakeStepsAction block_in(const std::string& path) {
  return [path](FakeWorld&) { return write_block(path, "10.0.0.1 a\n"); };
}

}  // namespace

TEST_CASE(
    "a block is written lawfully, into a file that is there and into one "
    "that is not") {
  const auto world = [] {
    auto made = test::new_world();
    made->put("/etc/hosts", "127.0.0.1 localhost\n");
    return made;
  };
  test::check_laws(world, test::lawful(block_in("/etc/hosts"), undo_block));
  test::check_laws(test::new_world, test::lawful(block_in("/etc/hosts"), undo_block));
}

TEST_CASE(
    "lines are commented out lawfully, also where there are none and "
    "where there is no file") {
  const auto action = [](const char* path) {
    return test::lawful([path](FakeWorld&) { return comment_out(path, kSwap); }, undo_lines);
  };
  test::check_laws(test::new_world, action(kFstab));
  test::check_laws(test::new_world, action("/etc/hostname"), {.is_done_before = true});
  test::check_laws(test::new_world, action("/etc/none"), {.is_done_before = true});
}

TEST_CASE("a file that is not there is not made only to comment nothing out in it") {
  Machine machine;
  machine.world.files.remove(kFstab);
  const auto action = comment_out(kFstab, kSwap);
  CHECK(action->is_done(machine.context));
  const steps::Change change = machine.apply(*action);
  CHECK_FALSE(machine.world.exists(kFstab));
  machine.undo(change);
  CHECK_FALSE(machine.world.exists(kFstab));
}

TEST_CASE(
    "a table that somebody has added to since gets its lines back, and "
    "keeps what was added") {
  Machine machine;
  const auto action = comment_out(kFstab, kSwap);
  const steps::Change change = machine.apply(*action);
  CHECK(machine.world.get(kFstab) == kWithoutSwap);
  machine.world.put(kFstab, std::string(kWithoutSwap) + "/dev/sdb1 /data xfs defaults 0 0\n");
  machine.undo(change);
  CHECK(machine.world.get(kFstab) == std::string(kTable) + "/dev/sdb1 /data xfs defaults 0 0\n");
}

TEST_CASE("a table that an earlier version kept as a whole file comes back with both kinds of change") {
  Machine machine;
  const steps::Change whole = write_file({.path = kFstab, .content = kWithoutSwap})->capture(machine.context);
  const steps::Change lines = machine.apply(*comment_out(kFstab, kSwap));
  for (int i = 0; i < 2; ++i) {
    machine.undo(lines);
    machine.undo(whole);
    CHECK(machine.world.get(kFstab) == kTable);
  }
}

TEST_CASE("a file keeps its mode, and one that is linked to stays behind its link") {
  Machine machine;
  machine.world.put("/etc/real", "/dev/dm-1 none swap defaults 0 0\n");
  std::filesystem::permissions(machine.world.files.at("/etc/real"), std::filesystem::perms(0640));
  std::filesystem::create_symlink("real", machine.world.files.at("/etc/link"));
  const steps::Change lines = machine.apply(*comment_out("/etc/link", kSwap));
  const steps::Change block = machine.apply(*write_block("/etc/link", "x\n"));
  CHECK(machine.world.get("/etc/real") ==
        "# commented out by bundle: /dev/dm-1 none swap defaults 0 0\n# BEGIN "
        "bundle\nx\n# END bundle\n");
  CHECK(machine.mode_of("/etc/real") == 0640);
  machine.undo(block);
  machine.undo(lines);
  CHECK(std::filesystem::is_symlink(machine.world.files.at("/etc/link")));
  CHECK(machine.world.get("/etc/real") == "/dev/dm-1 none swap defaults 0 0\n");
  CHECK(machine.mode_of("/etc/real") == 0640);
}

TEST_CASE(
    "SELinux's file is as before after an undo, wherever its step was "
    "cut off") {
  const auto plan = [] {
    steps::Plan made;
    steps::Step& step = made.emplace_back(steps::Step{.id = "selinux", .title = "make SELinux permissive"});
    step.add(comment_out("/etc/selinux/config", kEnforcing));
    step.add(write_block("/etc/selinux/config", "SELINUX=permissive\n"));
    step.add(make_selinux_permissive());
    return made;
  };
  for (const char* config : {"SELINUX=enforcing\nSELINUXTYPE=targeted\n", "SELINUX=enforcing"}) {
    std::size_t cuts = 0;
    for (bool was_cut = true; was_cut; ++cuts) {
      CAPTURE(config);
      CAPTURE(cuts);
      Machine machine;
      machine.world.put("/etc/selinux/config", config);
      steps::Journal journal(machine.world.files.at("/var/lib/bundle/journal"),
                             steps::Journal::Access::write);
      was_cut = test::laws::is_cut_in(machine.world, cuts,
                                      [&] { steps::execute(machine.host.host, plan(), journal); });
      steps::execute(machine.host.host, plan(), journal);
      CHECK(test::holds(machine.world.get("/etc/selinux/config"),
                        "# commented out by bundle: SELINUX=enforcing\n"));
      test::undo(machine.host.host, journal, "", kUndos);
      CHECK(machine.world.get("/etc/selinux/config") == config);
      CHECK(machine.world.get("/sys/fs/selinux/enforce") == "1");
    }
    CHECK(cuts == 3);
  }
}

TEST_CASE("what is in a block is told, and nothing that somebody's cut has left behind a beginning") {
  CHECK(lines_of_block("a\n# BEGIN bundle\n10.0.0.1 m1\n10.0.0.2 m2\n# END bundle\nb\n") ==
        "10.0.0.1 m1\n10.0.0.2 m2\n");
  CHECK(lines_of_block("# BEGIN bundle\n10.0.0.9 theirs\n# BEGIN bundle\n10.0.0.1 m1\n# END bundle\n") ==
        "10.0.0.1 m1\n");
  CHECK(lines_of_block("# BEGIN bundle\n10.0.0.9 theirs\n") == "");
  CHECK(lines_of_block("10.0.0.9 theirs\n# END bundle\n") == "");
  CHECK(lines_of_block("") == "");
}

TEST_CASE("a block is kept up to date between what others write, and only it is taken out again") {
  Machine fake;
  fake.world.put("/etc/hosts", "127.0.0.1 localhost");
  const auto first = write_block("/etc/hosts", "10.0.0.1 a\n");
  const steps::Change change = first->capture(fake.context);
  first->apply(fake.context);
  CHECK(fake.world.get("/etc/hosts") == "127.0.0.1 localhost\n# BEGIN bundle\n10.0.0.1 a\n# END bundle\n");
  fake.world.put("/etc/hosts", fake.world.get("/etc/hosts") + "10.0.0.9 printer\n");
  const auto second = write_block("/etc/hosts", "10.0.0.1 a\n10.0.0.2 b\n");
  CHECK_FALSE(second->is_done(fake.context));
  second->apply(fake.context);
  CHECK(second->is_done(fake.context));
  fake.undo(change);
  CHECK(fake.world.get("/etc/hosts") == "127.0.0.1 localhost\n10.0.0.9 printer\n");
}

TEST_CASE(
    "lines of others are theirs, whatever is left of a block that "
    "somebody has edited") {
  struct Case {
    const char* before;
    const char* with_block;
    const char* undone;
  };
  for (const Case& one : {
           Case{"a\n# BEGIN bundle\nold\n# END bundle\nb\n", "a\n# BEGIN bundle\nx\n# END bundle\nb\n",
                "a\nb\n"},
           // The end was taken out: what follows may be anybody's.
           Case{"# BEGIN bundle\nold\nb\n", "# BEGIN bundle\nold\nb\n# BEGIN bundle\nx\n# END bundle\n",
                "# BEGIN bundle\nold\nb\n"},
           // The beginning was.
           Case{"old\n# END bundle\nb\n", "old\n# END bundle\nb\n# BEGIN bundle\nx\n# END bundle\n",
                "old\n# END bundle\nb\n"},
           Case{"# BEGIN bundle\nold\n# END bundle\nb\n# BEGIN bundle\n",
                "# BEGIN bundle\nx\n# END bundle\nb\n# BEGIN bundle\n", "b\n# BEGIN bundle\n"},
       }) {
    CAPTURE(one.before);
    Machine machine;
    machine.world.put("/etc/hosts", one.before);
    const auto action = write_block("/etc/hosts", "x\n");
    const steps::Change change = machine.apply(*action);
    CHECK(machine.world.get("/etc/hosts") == one.with_block);
    action->apply(machine.context);
    CHECK(machine.world.get("/etc/hosts") == one.with_block);
    machine.undo(change);
    CHECK(machine.world.get("/etc/hosts") == one.undone);
  }
}

TEST_CASE(
    "a file that only the block was in goes with it, one that was there "
    "before stays, empty") {
  for (const bool was_there : {false, true}) {
    CAPTURE(was_there);
    Machine machine;
    if (was_there) {
      machine.world.put("/etc/hosts", "");
    }
    const steps::Change change = machine.apply(*write_block("/etc/hosts", "x\n"));
    CHECK(change.type == "block");
    CHECK(change.key == "/etc/hosts");
    CHECK(json::flag_at(change.before, "existed") == was_there);
    machine.undo(change);
    CHECK(machine.world.exists("/etc/hosts") == was_there);
    machine.undo(change);
    CHECK(machine.world.exists("/etc/hosts") == was_there);
  }
}

TEST_CASE("a last line that had no end has none again, unless somebody has written behind the block") {
  for (const bool is_written_behind : {false, true}) {
    CAPTURE(is_written_behind);
    Machine machine;
    machine.world.put("/etc/hosts", "127.0.0.1 localhost");
    const steps::Change change = machine.apply(*write_block("/etc/hosts", "x\n"));
    if (is_written_behind) {
      machine.world.put("/etc/hosts", machine.world.get("/etc/hosts") + "theirs\n");
    }
    for (int i = 0; i < 2; ++i) {
      machine.undo(change);
      CHECK(machine.world.get("/etc/hosts") ==
            (is_written_behind ? "127.0.0.1 localhost\ntheirs\n" : "127.0.0.1 localhost"));
    }
  }
}

TEST_CASE("folders that were made for a block go with it, unless somebody has put something there") {
  Machine machine;
  const steps::Change change = machine.apply(*write_block("/etc/new/folder/file", "x\n"));
  CHECK(change.before.at("folders") == json::Value(json::Array{"/etc/new/folder", "/etc/new"}));
  machine.world.put("/etc/new/theirs", "x");
  machine.undo(change);
  CHECK(machine.host.host.list("/etc/new") == std::vector<std::string>{"theirs"});
  machine.world.files.remove("/etc/new");
  test::check_laws(test::new_world, test::lawful(block_in("/etc/new/folder/file"), undo_block));
}

TEST_CASE(
    "a file that somebody wrote into beside our block stays when the "
    "block goes") {
  Machine machine;
  const steps::Change change = machine.apply(*write_block("/etc/hosts", "x\n"));
  machine.world.put("/etc/hosts", machine.world.get("/etc/hosts") + "theirs\n");
  machine.undo(change);
  CHECK(machine.world.get("/etc/hosts") == "theirs\n");
}

TEST_CASE(
    "what a block and a rule are made of, and what they say that they "
    "would do") {
  CHECK(json::canonical(write_block("/f", "x\n")->inputs()) ==
        R"({"block":"/f","sha256":"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"})");
  CHECK(write_block("/f", "y\n")->inputs() != write_block("/f", "x\n")->inputs());
  CHECK(write_block("/f", "x\n")->describe() == "keep this block in /f\n# BEGIN bundle\nx\n# END bundle\n");
  LineRule other = kSwap;
  other.words = "whatever is swapped to";
  CHECK(json::canonical(comment_out("/f", other)->inputs()) == R"({"comment-out":"swap","in":"/f"})");
  CHECK(comment_out("/f", other)->describe() == "comment out whatever is swapped to in /f\n");
}

}  // namespace bundle::actions
