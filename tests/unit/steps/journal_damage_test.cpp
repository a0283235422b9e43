#include "steps/journal.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fstream>

#include "base/hash.hpp"
#include "support/thrown.hpp"

// A journal that was torn, damaged, or written by somebody else.
namespace bundle::steps {
namespace {

using test::thrown_by;

void put(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

/// A record with a right checksum.
std::string framed(const std::string& text) { return sha256_hex(text).substr(0, 16) + " " + text + "\n"; }

/// Every kind of record once, one step each way.
std::string write_all(const std::filesystem::path& file) {
  Journal journal(file, Journal::Access::write);
  journal.install(
      {.bundle = "b", .version = "1", .index_sha256 = "ab", .roles = "master", .node = "n", .at = 1});
  journal.begin("x", "sha256:1", {{.type = "file", .key = "/a", .before = {{"sha256", "s"}}}}, 2);
  journal.mark("x", json::Object{{"digest", "d"}}, 3);
  journal.failed("x", "no", 4);
  journal.done("x", 5, 5);
  journal.undoing("x", 6);
  journal.undone("x", 7);
  return read_file(file, 1 << 20);
}

/// What is known, in short: the last state of the step, and how many marks it has.
std::string known(const Journal& journal) {
  std::string text = std::to_string(journal.installs().size());
  for (const StepRecord& step : journal.steps()) {
    text +=
        " " + step.id + " " + std::string(to_string(step.state)) + " " + std::to_string(step.marks.size());
  }
  return text;
}

/// After that many whole records of write_all.
constexpr std::array<const char*, 8> kKnown{
    "0", "1", "1 x begun 0", "1 x begun 1", "1 x failed 1", "1 x done 1", "1 x undoing 1", "1 x undone 1"};

}  // namespace

TEST_CASE("a journal torn at any byte is read as its whole records, and reading alone changes nothing") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_all(file);
  std::size_t complete = 0;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    complete += length > 0 && whole[length - 1] == '\n' ? 1 : 0;
    put(file, whole.substr(0, length));
    CHECK(known(Journal(file, Journal::Access::read)) == kKnown[complete]);
    CHECK(std::filesystem::file_size(file) == length);
  }
  CHECK(complete == 7);
}

TEST_CASE("a torn journal that is opened for writing ends where its whole records end") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_all(file);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t length = last; length < whole.size(); ++length) {
    put(file, whole.substr(0, length));
    {
      const Journal journal(file, Journal::Access::write);
    }
    CHECK(read_file(file, 1 << 20) == whole.substr(0, last));
  }
}

TEST_CASE("a byte that is wrong anywhere before the last two records is damage, with its line") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_all(file);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const std::size_t before_last = whole.rfind('\n', last - 2) + 1;
  int line = 1;
  for (std::size_t offset = 0; offset < before_last; ++offset) {
    CAPTURE(offset);
    std::string bad = whole;
    bad[offset] = static_cast<char>(bad[offset] ^ 0x80);
    put(file, bad);
    for (const auto access : {Journal::Access::read, Journal::Access::write}) {
      const Error error = thrown_by([&] { Journal(file, access); });
      CHECK(error.kind() == ErrorKind::integrity);
      CHECK(error.position().line == line);
      CHECK(error.position().file == file.string());
    }
    CHECK(read_file(file, 1 << 20) == bad);  // nobody cuts off what is evidence
    line += whole[offset] == '\n' ? 1 : 0;
  }
  CHECK(line == 6);
}

TEST_CASE("a byte that is wrong in the last record is what a power cut leaves") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_all(file);
  for (std::size_t offset = whole.rfind('\n', whole.size() - 2) + 1; offset < whole.size(); ++offset) {
    CAPTURE(offset);
    std::string bad = whole;
    bad[offset] = static_cast<char>(bad[offset] ^ 0x80);
    put(file, bad);
    CHECK(known(Journal(file, Journal::Access::read)) == "1 x undoing 1");
  }
}

TEST_CASE("damage says what to do") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  put(file, "x" + write_all(file));
  const Error error = thrown_by([&] { Journal(file, Journal::Access::read); });
  CHECK(error.message() == "this record is damaged although later ones are whole");
  CHECK(error.position() == Position{.file = file.string(), .line = 1});
  CHECK(test::holds(error.hint(), "`bundle status` shows what can be read of the journal"));
  CHECK(test::holds(error.hint(), "`bundle undo --all` takes that back and puts the journal aside"));
}

TEST_CASE("whoever looks or undoes gets past damage anywhere, with all other records, and hears of it") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string whole = write_all(file);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  int line = 1;
  for (std::size_t offset = 0; offset + 1 < last; ++offset) {  // the last newline but one is a torn tail
    CAPTURE(offset);
    std::string bad = whole;
    bad[offset] = static_cast<char>(bad[offset] ^ 0x80);
    put(file, bad);
    const Journal journal(file, Journal::Access::read, Journal::Damage::pass_over);
    REQUIRE(journal.unreadable().size() == 1);
    CHECK(journal.unreadable()[0].line == line);
    CHECK(journal.unreadable()[0].why == "this record is damaged although later ones are whole");
    CHECK(journal.installs().size() == (line == 1 ? 0 : 1));
    REQUIRE(journal.find("x") != nullptr);
    CHECK(journal.find("x")->state == StepState::undone);
    // A newline that is gone takes the next record as well.
    CHECK(journal.find("x")->has_begin == (line != 2 && offset != whole.find('\n')));
    line += whole[offset] == '\n' ? 1 : 0;
  }
  CHECK(line == 6);
}

TEST_CASE("a journal with damage is gone on with where it ends, and nothing of it is cut off") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string bad = "x" + write_all(file) + framed(R"({"at":1,"event":"of tomorrow","step":"x"})");
  put(file, bad + "torn");
  {
    Journal journal(file, Journal::Access::write, Journal::Damage::pass_over);
    CHECK(journal.unreadable().size() == 2);
    journal.undone("y", 9);
  }
  const std::string after = read_file(file, 1 << 20);
  CHECK(after.starts_with(bad));
  CHECK(Journal(file, Journal::Access::read, Journal::Damage::pass_over).find("y") != nullptr);
  CHECK(thrown_by([&] { Journal(file, Journal::Access::write); }).kind() == ErrorKind::integrity);
}

TEST_CASE("a journal that is put aside is kept byte for byte, and another begins under the same lock") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string bad = "x" + write_all(file);
  put(file, bad);
  Journal journal(file, Journal::Access::write, Journal::Damage::pass_over);
  const std::filesystem::path aside = journal.put_aside();
  CHECK(aside.string().starts_with(file.string() + ".unreadable-"));
  CHECK(read_file(aside, 1 << 20) == bad);
  CHECK((std::filesystem::status(aside).permissions() & std::filesystem::perms::all) ==
        std::filesystem::perms(0600));
  CHECK(journal.steps().empty());
  CHECK(journal.unreadable().empty());
  CHECK(thrown_by([&] { Journal(file, Journal::Access::write); }).message() ==
        "another bundle is at work on this host");
  journal.begin("z", "", {}, 1);
  CHECK(known(Journal(file, Journal::Access::read)) == "0 z begun 0");
}

TEST_CASE("what version 0.1.0 wrote while the clock went back, or of a text in another encoding, is read") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  put(file,
      framed("{\"at\":1,\"changes\":[{\"before\":{\"link\":\"/f\xfcr/\xc3\xbc\"},\"key\":\"k\",\"type\":"
             "\"file\"}],\"event\":\"begin\",\"inputs\":\"\",\"step\":\"x\"}") +
          framed("{\"at\":2,\"error\":\"f\xfcr \xe2\x82\",\"event\":\"failed\",\"step\":\"x\"}") +
          framed(R"({"at":-5,"event":"done","seconds":-7200,"step":"x"})"));
  const Journal journal(file, Journal::Access::read);
  const StepRecord& x = *journal.find("x");
  CHECK(x.changes[0].before == json::Object{{"link", "/f\xfcr/\xc3\xbc"}});
  CHECK(x.error == "f\xfcr \xe2\x82");
  CHECK(x.state == StepState::done);
  CHECK(x.seconds == 0);
  CHECK(x.at == -5);
}

TEST_CASE("a record of another version is refused, not passed over") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  struct Case {
    const char* record;
    const char* message;
  };
  for (
      const Case& one : {
          Case{R"({"at":1,"event":"paused","step":"x"})", ".event: 'paused' is unknown to this version"},
          Case{R"({"at":1,"event":"done","extra":1,"seconds":1,"step":"x"})", "extra"},
          Case{R"({"at":1,"event":"done","step":"x"})", ".seconds: is missing"},
          Case{R"({"event":"undone","step":"x"})", ".at: is missing"},
          Case{R"({"at":1,"event":"undone"})", ".step: is missing"},
          Case{R"({"at":1,"step":"x"})", ".event: is missing"},
          Case{R"({"at":1.5,"event":"undone","step":"x"})", ".at: expected a whole number"},
          Case{R"({"at":9223372036854775808,"event":"undone","step":"x"})", ".at: expected a whole number"},
          Case{"{\"at\":1,\"event\":\"f\xfcr\",\"step\":\"x\"}", ".event: 'f"},
          Case{R"({"at":1,"event":"mark","step":"x"})", ".what: is missing"},
          Case{R"({"at":1,"event":"failed","step":"x","error":1})", ".error: expected a string"},
          Case{R"({"at":1,"event":"begin","inputs":"","step":"x"})", ".changes: is missing"},
          Case{R"({"at":1,"changes":[],"event":"begin","step":"x"})", ".inputs: is missing"},
          Case{
              R"({"at":1,"changes":[{"before":1,"key":"k","type":"t"}],"event":"begin","inputs":"","step":"x"})",
              ".before: is not an object"},
          Case{R"({"at":1,"changes":[{"before":{},"key":"k"}],"event":"begin","inputs":"","step":"x"})",
               ".type: is missing"},
          Case{
              R"({"at":1,"changes":[{"a":1,"before":{},"key":"k","type":"t"}],"event":"begin","inputs":"","step":"x"})",
              "a"},
          Case{R"({"at":1,"bundle":"b","event":"install","index":"i","node":"n","roles":"r"})",
               ".version: is missing"},
          Case{R"([])", "expected an object"},
          Case{R"({"at":1)", ""},
      }) {
    CAPTURE(one.record);
    const std::string first = framed(R"({"at":1,"event":"undone","step":"y"})");
    put(file, first + framed(one.record));
    const Error error = thrown_by([&] { Journal(file, Journal::Access::read); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(test::holds(render(error), one.message));
    CHECK(test::holds(render(error), file.string() + ":2"));
    CHECK(test::holds(error.hint(), "bundle undo --all"));
    const Journal passed(file, Journal::Access::read, Journal::Damage::pass_over);
    REQUIRE(passed.unreadable().size() == 1);
    CHECK(passed.unreadable()[0].line == 2);
    CHECK(known(passed) == "0 y undone 0");
  }
}

TEST_CASE("lines that are too short for a checksum, or without a blank behind it, are no records") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  const std::string good = framed(R"({"at":1,"event":"undone","step":"y"})");
  for (const std::string& bad : {std::string("\n"), std::string("0123456789abcdef\n"),
                                 good.substr(0, 16) + "\t" + good.substr(17), good.substr(1)}) {
    CAPTURE(bad);
    put(file, good + bad);
    CHECK(Journal(file, Journal::Access::read).steps().size() == 1);
    put(file, good + bad + good);
    CHECK(thrown_by([&] { Journal(file, Journal::Access::read); }).position().line == 2);
  }
}

TEST_CASE("a link in the journal's place is not written through") {
  const TempDir folder;
  put(folder.path() / "theirs", "");
  std::filesystem::create_symlink(folder.path() / "theirs", folder.path() / "journal");
  CHECK_THROWS_AS(Journal(folder.path() / "journal", Journal::Access::write), Error);
  CHECK(std::filesystem::file_size(folder.path() / "theirs") == 0);
}

}  // namespace bundle::steps
