#include <doctest/doctest.h>

#include "base/text.hpp"
#include "install/history.hpp"
#include "install/undo_table.hpp"
#include "steps/journal.hpp"
#include "support/thrown.hpp"

// Journals that version 0.1.0 wrote on hosts of the lab: tests/data/journal-0.1.
namespace bundle::install {
namespace {

std::filesystem::path recorded(const std::string& name) {
  return std::filesystem::path(BUNDLE_SOURCE_DIR) / "tests/data/journal-0.1" / name;
}

/// `STEP STATE` of each row of the recorded `bundle status`, below the line of the installation and the
/// heading.
std::vector<std::string> shown(const std::string& name) {
  std::vector<std::string> rows;
  const std::string text = read_file(recorded(name + ".status.txt"), 1 << 20);
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() >= 4 && !words[0].starts_with("2026-") && words[0] != "step") {
      rows.push_back(std::string(words[0]) + " " + std::string(words[1]));
    }
  }
  return rows;
}

std::vector<std::string> read(const steps::Journal& journal) {
  std::vector<std::string> rows;
  for (const steps::StepRecord& step : journal.steps()) {
    rows.push_back(step.id + " " + std::string(to_string(step.state)));
  }
  return rows;
}

}  // namespace

TEST_CASE("a recorded journal is read as the program that wrote it showed it") {
  for (const std::string name : {"one-host", "site"}) {
    CAPTURE(name);
    const steps::Journal journal(recorded(name + ".journal"), steps::Journal::Access::read);
    REQUIRE(journal.installs().size() == 1);
    CHECK(journal.installs()[0].bundle == "cluster");
    CHECK(journal.installs()[0].roles == "master");
    CHECK(is_installed(journal));
    CHECK(read(journal).size() >= 14);
    CHECK(read(journal) == shown(name));
  }
}

TEST_CASE("everything in a recorded journal can be undone by this program") {
  std::set<std::string> types;
  for (const std::string name : {"one-host", "site"}) {
    const steps::Journal journal(recorded(name + ".journal"), steps::Journal::Access::read);
    for (const steps::StepRecord& step : journal.steps()) {
      CHECK_FALSE(step.changes.empty());
      for (const steps::Change& change : step.changes) {
        types.insert(change.type);
      }
    }
  }
  CHECK(types.size() >= 10);
  for (const std::string& type : types) {
    CAPTURE(type);
    CHECK(std::any_of(undo_table().begin(), undo_table().end(),
                      [&](const steps::UndoRow& row) { return row.type == type; }));
  }
}

TEST_CASE("cut off anywhere, a recorded journal is read up to its last whole record") {
  const std::string text = read_file(recorded("one-host.journal"), 1 << 20);
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  // The first records byte by byte, then one place in each of the others.
  for (std::size_t length = 0; length < text.size(); length += length < 3000 ? 1 : 257) {
    write_file_atomically(file, text.substr(0, length));
    const steps::Journal journal(file, steps::Journal::Access::read);
    const auto whole =
        static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<long>(length), '\n'));
    CHECK(journal.installs().size() == (whole > 0 ? 1 : 0));
  }
}

TEST_CASE("a changed byte in the middle of a recorded journal is damage, named by its line") {
  std::string text = read_file(recorded("site.journal"), 1 << 20);
  const std::size_t second = text.find('\n') + 1;
  text[second + 30] ^= 1;
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  write_file_atomically(file, text);
  const Error error =
      bundle::test::thrown_by([&] { const steps::Journal journal(file, steps::Journal::Access::read); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(error.position().line == 2);
}

}  // namespace bundle::install
