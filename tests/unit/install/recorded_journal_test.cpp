#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/text.hpp"
#include "install/history.hpp"
#include "install/undo_table.hpp"
#include "steps/executor.hpp"
#include "steps/journal.hpp"
#include "support/bare_host.hpp"
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

void lay(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::size_t count_done(const steps::Journal& journal) {
  return static_cast<std::size_t>(
      std::count_if(journal.steps().begin(), journal.steps().end(),
                    [](const steps::StepRecord& step) { return step.state == steps::StepState::done; }));
}

/// Stands for all that a step does: done on the host unless the host lacks it.
class Stub final : public steps::Action {
 public:
  Stub(std::string id, std::set<std::string>& lacking, std::vector<std::string>& applied)
      : id_(std::move(id)), lacking_(lacking), applied_(applied) {}
  std::string describe() const override { return "stand for " + id_ + "\n"; }
  json::Object inputs() const override { return {{"stands for", id_}}; }
  bool is_done(steps::Context& /*context*/) override { return !lacking_.contains(id_); }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = id_, .before = {}};
  }
  void apply(steps::Context& /*context*/) override {
    applied_.push_back(id_);
    lacking_.erase(id_);
  }

 private:
  std::string id_;
  std::set<std::string>& lacking_;
  std::vector<std::string>& applied_;
};

/// The steps of the journal, in their order.
steps::Plan stub_plan(const steps::Journal& journal, std::set<std::string>& lacking,
                      std::vector<std::string>& applied) {
  steps::Plan plan;
  for (const steps::StepRecord& record : journal.steps()) {
    CHECK(record.inputs.size() == 64);
    steps::Step& step =
        plan.emplace_back(steps::Step{.id = record.id, .title = record.id, .hint = "", .actions = {}});
    step.actions.push_back(std::make_unique<Stub>(record.id, lacking, applied));
  }
  return plan;
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

TEST_CASE("cut off at any byte of any record, a recorded journal loses that record and no other") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  for (const std::string name : {"one-host", "site"}) {
    CAPTURE(name);
    const std::string text = read_file(recorded(name + ".journal"), 1 << 20);
    const std::string first = text.substr(0, text.find('\n') + 1);
    // Each record behind the first alone: all of the journal for each byte of it is a minute.
    for (const std::string_view record : split(text, '\n')) {
      const bool is_first = first.starts_with(record);
      lay(file, is_first ? "" : first);
      std::ofstream end(file, std::ios::binary | std::ios::app);
      for (const char byte : record) {
        const steps::Journal journal(file, steps::Journal::Access::read);
        REQUIRE(journal.installs().size() == (is_first ? 0 : 1));
        REQUIRE(journal.steps().empty());
        end.put(byte).flush();
      }
    }
  }
}

TEST_CASE("cut off within each of its records, a recorded journal has all that stood before") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  for (const std::string name : {"one-host", "site"}) {
    CAPTURE(name);
    const std::string text = read_file(recorded(name + ".journal"), 1 << 20);
    std::string whole;
    std::size_t begun = 0;
    std::size_t finished = 0;
    for (const std::string_view record : split(text, '\n')) {
      lay(file, whole + std::string(record.substr(0, record.size() / 2)));
      const steps::Journal journal(file, steps::Journal::Access::read);
      CHECK(journal.steps().size() == begun);
      CHECK(count_done(journal) == finished);
      whole += std::string(record) + "\n";
      begun += record.find(R"("event":"begin")") == std::string_view::npos ? 0 : 1;
      finished += record.find(R"("event":"done")") == std::string_view::npos ? 0 : 1;
    }
    CHECK(begun == finished);
  }
}

TEST_CASE("where a recorded journal has digests of words, the host alone says what is done") {
  for (const std::string name : {"one-host", "site"}) {
    CAPTURE(name);
    test::BareHost fake;
    const std::filesystem::path file = fake.folder.path() / "journal";
    const std::string text = read_file(recorded(name + ".journal"), 1 << 20);
    lay(file, text);
    steps::Journal journal(file, steps::Journal::Access::write);
    std::vector<std::string> applied;
    std::set<std::string> lacking;
    steps::execute(fake.host, stub_plan(journal, lacking, applied), journal);
    CHECK(applied.empty());
    CHECK(read_file(file, 1 << 20) == text);

    lacking.insert("sysctl");
    steps::execute(fake.host, stub_plan(journal, lacking, applied), journal);
    CHECK(applied == std::vector<std::string>{"sysctl"});
    CHECK(journal.find("sysctl")->inputs.starts_with("sha256:"));
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
