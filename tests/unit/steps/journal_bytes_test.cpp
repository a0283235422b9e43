#include "steps/journal.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

#include "base/utf8.hpp"
#include "support/thrown.hpp"

// Arbitrary bytes, clocks and lengths in every field of every record: a journal stays one that can be read.
namespace bundle::steps {
namespace {

constexpr std::int64_t kMost = INT64_MAX;
constexpr std::int64_t kLeast = INT64_MIN;

/// Makes the same things on every machine.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string text() {
    static const std::array<std::string, 10> kNasty{
        "",       std::string("\0", 1), "\xfc",           "\xe2\x82", "\xed\xa0\x80",
        "bytes:", "bytes:/A==",         "\"\\\n\r\t\x7f", "ü€𝄞",      "\xc2\x9b"};
    std::string made;
    for (std::size_t pieces = below(4); pieces > 0; --pieces) {
      made += below(2) == 0 ? kNasty.at(below(kNasty.size())) : bytes(below(40));
    }
    return made;
  }

  std::string bytes(std::size_t size) {
    std::string made(size, '\0');
    for (char& c : made) {
      c = static_cast<char>(below(256));
    }
    return made;
  }

  /// Years and hours, forwards and back, and the ends of what a clock can say.
  std::int64_t clock() {
    constexpr std::array<std::int64_t, 10> kClocks{
        0, 1, -1, kMost, kLeast, -7200, 1'790'000'000, 253'402'300'800, -62'135'596'801, 4'294'967'296};
    const std::int64_t made = kClocks.at(below(kClocks.size()));
    return below(3) == 0 ? static_cast<std::int64_t>(random_() << 32 | random_()) : made;
  }

  json::Value value(std::size_t depth = 0) {
    switch (below(depth > 3 ? 4 : 6)) {
      case 0:
        return clock();
      case 1:
        return below(2) == 0;
      case 2:
        return nullptr;
      case 3:
        return text();
      case 4: {
        json::Array made;
        for (std::size_t items = below(4); items > 0; --items) {
          made.push_back(value(depth + 1));
        }
        return made;
      }
      default:
        return object(depth + 1);
    }
  }

  json::Object object(std::size_t depth = 0) {
    json::Object made;
    for (std::size_t items = below(4); items > 0; --items) {
      made.insert_or_assign(text(), value(depth));
    }
    return made;
  }

  std::vector<Change> changes() {
    std::vector<Change> made;
    for (std::size_t items = below(4); items > 0; --items) {
      made.push_back({.type = text(), .key = text(), .before = object()});
    }
    return made;
  }

 private:
  std::mt19937_64 random_;
};

/// Writes one record of any kind, and says what of its step must be read back.
void write_any(Maker& make, Journal& journal, const std::string& step) {
  const std::int64_t now = make.clock();
  switch (make.below(7)) {
    case 0: {
      const InstallRecord install{.bundle = make.text(),
                                  .version = make.text(),
                                  .index_sha256 = make.text(),
                                  .roles = make.text(),
                                  .node = make.text(),
                                  .at = now};
      journal.install(install);
      REQUIRE(journal.installs().back().bundle == install.bundle);
      REQUIRE(journal.installs().back().node == install.node);
      REQUIRE(journal.installs().back().at == now);
      return;
    }
    case 1: {
      const std::string inputs = make.text();
      const std::vector<Change> changes = make.changes();
      journal.begin(step, inputs, changes, now);
      REQUIRE(journal.find(step)->inputs == inputs);
      REQUIRE(journal.find(step)->changes == changes);
      break;
    }
    case 2: {
      const json::Value what = make.value();
      journal.mark(step, what, now);
      REQUIRE(journal.find(step)->marks.back() == what);
      break;
    }
    case 3: {
      const std::int64_t seconds = make.clock();
      journal.done(step, seconds, now);
      REQUIRE(journal.find(step)->seconds == std::max<std::int64_t>(seconds, 0));
      break;
    }
    case 4: {
      const std::string error = make.text();
      journal.failed(step, error, now);
      REQUIRE(journal.find(step)->error == clean_utf8(error));
      break;
    }
    case 5:
      journal.undoing(step, now);
      break;
    default:
      journal.undone(step, now);
  }
  REQUIRE(journal.find(step)->at == now);
}

/// All that a journal says, to compare.
json::Value all_of(const Journal& journal) {
  json::Array rows;
  for (const InstallRecord& record : journal.installs()) {
    rows.push_back(json::Array{record.bundle, record.version, record.index_sha256, record.roles, record.node,
                               record.at});
  }
  for (const StepRecord& step : journal.steps()) {
    json::Array changes;
    for (const Change& change : step.changes) {
      changes.push_back(json::Array{change.type, change.key, change.before});
    }
    rows.push_back(json::Array{step.id, std::string(to_string(step.state)), step.inputs, step.done_inputs,
                               changes, step.marks, step.error, step.at, step.seconds});
  }
  return rows;
}

}  // namespace

TEST_CASE("whatever bytes and clocks come into any field, the journal reads back as it was written") {
  for (unsigned seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const TempDir folder;
    const std::filesystem::path file = folder.path() / "journal";
    Maker make(seed);
    Journal journal(file, Journal::Access::write);
    const std::array<std::string, 3> steps{"hosts", make.text(), make.bytes(1 + make.below(20))};
    for (std::size_t records = 1 + make.below(12); records > 0; --records) {
      write_any(make, journal, steps.at(make.below(steps.size())));
    }
    const std::string text = read_file(file, 64 << 20);
    CHECK(is_utf8(text));
    CHECK(text.find('\0') == std::string::npos);
    const Journal read(file, Journal::Access::read);
    CHECK(all_of(read) == all_of(journal));
  }
}

TEST_CASE("a long error is kept with its beginning and its end, whole characters and no more than 16 KiB") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  Journal journal(file, Journal::Access::write);
  for (const std::size_t size : {16383U, 16384U, 16385U, 100'000U, 300'000U}) {
    for (const std::string unit : {"x", "€", "\xfc"}) {
      CAPTURE(size);
      std::string error = "kubeadm init ended: ";
      while (error.size() < size) {
        error += unit;
      }
      error += " the end";
      journal.failed("x", error, 1);
      const std::string& kept = journal.find("x")->error;
      CHECK(kept.size() <= 16384);
      CHECK(is_utf8(kept));
      CHECK(kept.starts_with("kubeadm init ended: " + clean_utf8(unit)));
      CHECK(kept.ends_with(clean_utf8(unit) + " the end"));
    }
  }
  CHECK(bundle::file_size(file) < 1 << 20);
  CHECK(all_of(Journal(file, Journal::Access::read)) == all_of(journal));
}

TEST_CASE("what no reader would take is not written") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  Journal journal(file, Journal::Access::write);
  journal.begin("x", "1", {}, 1);
  const std::string before = read_file(file, 1 << 20);
  json::Value deep;
  for (int i = 0; i < 250; ++i) {
    deep = json::Array{deep};
  }
  for (const json::Value& bad : {json::Value(1.5), deep}) {
    const Error error = test::thrown_by([&] { journal.mark("x", bad, 2); });
    CHECK(error.kind() == ErrorKind::bug);
    CHECK(read_file(file, 1 << 20) == before);
    CHECK(journal.find("x")->marks.empty());
  }
  CHECK_NOTHROW(journal.done("x", 1, 3));
  CHECK(Journal(file, Journal::Access::read).find("x")->state == StepState::done);
}

TEST_CASE("a full journal takes no new beginning, but the end of what has begun, and can still be read") {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "journal";
  Journal journal(file, Journal::Access::write, Journal::Damage::refuse, 64 << 10);
  journal.begin("x", "1", {}, 1);
  const json::Value much(std::string(8 << 10, 'x'));
  std::size_t marks = 0;
  const Error error = test::thrown_by([&] {
    for (; marks < 100; ++marks) {
      journal.mark("x", much, 2);
    }
  });
  CHECK(marks == 7);  // and 4 KiB are left
  CHECK(error.kind() == ErrorKind::no_space);
  CHECK(test::holds(error.hint(), "bundle undo --all"));
  CHECK(test::thrown_by([&] { journal.mark("x", much, 3); }).kind() == ErrorKind::no_space);
  CHECK_NOTHROW(journal.failed("x", error.message(), 4));
  CHECK_NOTHROW(journal.undoing("x", 5));
  CHECK_NOTHROW(journal.undone("x", 6));
  CHECK(read_file(file, 64 << 10).size() > 56 << 10);
  CHECK(Journal(file, Journal::Access::read, Journal::Damage::refuse, 64 << 10).find("x")->state ==
        StepState::undone);
}

}  // namespace bundle::steps
