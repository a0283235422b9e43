#include "steps/journal.hpp"
#include "steps/change.hpp"

#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE("two installers do not write one journal") {
  const TempDir folder;
  const Journal first(folder.path() / "journal", Journal::Access::write);
  CHECK(test::thrown_by([&] { Journal(folder.path() / "journal", Journal::Access::write); }).kind() ==
        ErrorKind::step);
}

}  // namespace bundle
