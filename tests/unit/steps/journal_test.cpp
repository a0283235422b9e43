#include "steps/journal.hpp"
#include "steps/change.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "support/fake_flock.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

using steps::Change;
using steps::Journal;
using steps::StepState;

/// A journal with an install, a step done with a mark, and one begun.
std::string write_journal(const std::filesystem::path& file) {
  Journal journal(file, Journal::Access::write);
  journal.install(
      {.bundle = "b", .version = "1.0", .index_sha256 = "ab", .roles = "master", .node = "n1", .at = 5});
  journal.begin("hosts", "in1", {Change{.type = "file", .key = "/etc/hosts", .before = {{"sha256", "x"}}}},
                6);
  journal.mark("hosts", "noted", 7);
  journal.done("hosts", 1, 7);
  journal.begin("swap", "in2", {}, 8);
  return read_file(file, 1 << 20);
}

void put(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::trunc) << content;
}

}  // namespace

TEST_CASE("a journal says after opening what was written to it") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "state" / "journal";
  write_journal(file);
  const Journal journal(file, Journal::Access::read);
  REQUIRE(journal.installs().size() == 1);
  CHECK(journal.installs()[0].node == "n1");
  REQUIRE(journal.steps().size() == 2);
  const steps::StepRecord& hosts = journal.steps()[0];
  CHECK(hosts.state == StepState::done);
  CHECK(hosts.changes ==
        std::vector<Change>{{.type = "file", .key = "/etc/hosts", .before = {{"sha256", "x"}}}});
  CHECK(hosts.marks == json::Array{"noted"});
  CHECK(journal.find("swap")->state == StepState::begun);
  CHECK(journal.find("nothing") == nullptr);
}

TEST_CASE("a journal cut at any byte holds every record before, and goes on from there") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_journal(file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    put(file, whole.substr(0, length));
    const auto complete = static_cast<std::size_t>(
        std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
    Journal journal(file, Journal::Access::write);
    CHECK(journal.installs().size() == (complete >= 1 ? 1 : 0));
    CHECK((journal.find("hosts") != nullptr) == (complete >= 2));
    CHECK((journal.find("swap") != nullptr) == (complete >= 5));
    journal.begin("later", "in", {}, 9);
    CHECK(Journal(file, Journal::Access::read).find("later") != nullptr);
  }
}

TEST_CASE("zeros or garbage behind the last record are what a power cut leaves") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_journal(file);
  for (const std::string& tail : {std::string(4096, '\0'), std::string("abc\ndef\n"), std::string("\n\n")}) {
    put(file, whole + tail);
    CHECK(Journal(file, Journal::Access::read).steps().size() == 2);
  }
}

TEST_CASE("a damaged record before a whole one is an error with its line") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  std::string text = write_journal(file);
  const std::size_t second = text.find('\n') + 1;
  for (const std::size_t offset : {second, second + 16, second + 40}) {
    std::string bad = text;
    bad[offset] = static_cast<char>(bad[offset] ^ 1);
    put(file, bad);
    const Error error = test::thrown_by([&] { Journal(file, Journal::Access::read); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.position().line == 2);
  }
}

TEST_CASE("a step that was undone begins anew: what was there before is captured again") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  write_journal(file);
  Journal journal(file, Journal::Access::write);
  journal.undoing("hosts", 9);
  CHECK(journal.find("hosts")->state == StepState::undoing);
  journal.undone("hosts", 10);
  journal.begin("hosts", "in3", {}, 11);
  CHECK(journal.find("hosts")->marks.empty());
  CHECK(journal.steps().back().id == "hosts");
}

TEST_CASE("a file system without locks is worked on all the same, and a broken one is no other installer") {
  const TempDir folder;
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    test::flock_error = error;
    CHECK_NOTHROW(Journal(folder.path() / "journal", Journal::Access::write));
  }
  test::flock_error = EIO;
  const Error error = test::thrown_by([&] { Journal(folder.path() / "journal", Journal::Access::write); });
  test::flock_error = 0;
  CHECK(error.kind() == ErrorKind::integrity);
}

TEST_CASE("every kind of record is read back with all that it says") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  {
    Journal journal(file, Journal::Access::write);
    journal.install({.bundle = "b",
                     .version = "1.0",
                     .index_sha256 = "ab",
                     .roles = "master,worker",
                     .node = "n1",
                     .at = 1});
    journal.install(
        {.bundle = "b", .version = "2.0", .index_sha256 = "cd", .roles = "", .node = "n2", .at = 2});
    journal.begin("x", "sha256:1", {{.type = "t", .key = "k", .before = {{"n", 1}, {"s", "\n"}}}}, 3);
    journal.mark("x", "one", 4);
    journal.mark("x", json::Object{{"two", json::Array{2}}}, 5);
    journal.failed("x", "it \"broke\"\n", 6);
    journal.begin("y", "", {}, 7);
    journal.done("y", 12, 20);
    journal.begin("z", "", {}, 21);
    journal.undoing("z", 22);
  }
  const Journal journal(file, Journal::Access::read);
  REQUIRE(journal.installs().size() == 2);
  const steps::InstallRecord& install = journal.installs()[0];
  CHECK(install.bundle == "b");
  CHECK(install.version == "1.0");
  CHECK(install.index_sha256 == "ab");
  CHECK(install.roles == "master,worker");
  CHECK(install.node == "n1");
  CHECK(install.at == 1);
  CHECK(journal.installs()[1].version == "2.0");
  REQUIRE(journal.steps().size() == 3);
  const steps::StepRecord& x = journal.steps()[0];
  CHECK(x.state == StepState::failed);
  CHECK(x.inputs == "sha256:1");
  CHECK(x.changes == std::vector<Change>{{.type = "t", .key = "k", .before = {{"n", 1}, {"s", "\n"}}}});
  CHECK(json::canonical(x.marks) == R"(["one",{"two":[2]}])");
  CHECK(x.error == "it \"broke\"\n");
  CHECK(x.at == 6);
  const steps::StepRecord& y = journal.steps()[1];
  CHECK(y.state == StepState::done);
  CHECK(y.seconds == 12);
  CHECK(y.at == 20);
  CHECK(journal.steps()[2].state == StepState::undoing);
  CHECK(journal.steps()[2].at == 22);
}

TEST_CASE("a record is the checksum, a blank and the JSON, as the page on the format has it") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  Journal(file, Journal::Access::write).done("hosts", 1, 7);
  CHECK(read_file(file, 1 << 20) ==
        "4e7e47f9ab47ed2c {\"at\":7,\"event\":\"done\",\"seconds\":1,\"step\":\"hosts\"}\n");
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
        std::filesystem::perms(0600));
}

TEST_CASE("a step that begins again has new inputs and changes, its marks, and no error any more") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  Journal journal(file, Journal::Access::write);
  journal.begin("x", "1", {}, 1);
  journal.mark("x", "m", 2);
  journal.failed("x", "no", 3);
  journal.begin("x", "2", {{.type = "t", .key = "k", .before = {}}}, 4);
  const Journal read(file, Journal::Access::read);
  for (const Journal* seen : std::array<const Journal*, 2>{&journal, &read}) {
    const steps::StepRecord& x = *seen->find("x");
    CHECK(x.state == StepState::begun);
    CHECK(x.inputs == "2");
    CHECK(x.changes.size() == 1);
    CHECK(x.marks == json::Array{"m"});
    CHECK(x.error.empty());
  }
}

TEST_CASE("the inputs that a step was done with are known until it is undone") {
  const TempDir folder;
  Journal journal(folder.path() / "journal", Journal::Access::write);
  journal.begin("x", "1", {}, 1);
  CHECK(journal.find("x")->done_inputs.empty());
  journal.done("x", 0, 2);
  journal.begin("x", "2", {}, 3);
  CHECK(journal.find("x")->done_inputs == "1");
  journal.undone("x", 4);
  journal.begin("x", "3", {}, 5);
  CHECK(journal.find("x")->done_inputs.empty());
}

TEST_CASE("states have the names that the journal and people see") {
  CHECK(to_string(StepState::begun) == "begun");
  CHECK(to_string(StepState::done) == "done");
  CHECK(to_string(StepState::failed) == "failed");
  CHECK(to_string(StepState::undoing) == "undoing");
  CHECK(to_string(StepState::undone) == "undone");
}

TEST_CASE("a journal that is not there is empty, and looking at it makes none") {
  const TempDir folder;
  const Journal journal(folder.path() / "state" / "journal", Journal::Access::read);
  CHECK(journal.steps().empty());
  CHECK(journal.installs().empty());
  CHECK_FALSE(std::filesystem::exists(folder.path() / "state"));
}

TEST_CASE("two installers do not write one journal") {
  const TempDir folder;
  {
    const Journal first(folder.path() / "journal", Journal::Access::write);
    const Error error = test::thrown_by([&] { Journal(folder.path() / "journal", Journal::Access::write); });
    CHECK(error.kind() == ErrorKind::step);
    CHECK(error.message() == "another bundle is at work on this host");
    CHECK(error.hint() == "wait for it, or look for it with: pgrep -a bundle");
    CHECK_NOTHROW(Journal(folder.path() / "journal", Journal::Access::read));  // looking is free
  }
  CHECK_NOTHROW(Journal(folder.path() / "journal", Journal::Access::write));
}

}  // namespace bundle
