#include "build/fill_journal.hpp"

#include <doctest/doctest.h>

#include "support/error_of.hpp"
#include "support/fake_flock.hpp"

using bundle::build::FillJournal;

TEST_CASE("a journal remembers how far each entry is") {
  const bundle::TempDir folder;
  const std::filesystem::path file = folder.path() / ".journal";
  {
    FillJournal journal(file, "aa");
    CHECK_FALSE(journal.is_continued());
    journal.record(3, 100);
    journal.record(3, 200);
    journal.record(4, 7);
  }
  const FillJournal again(file, "aa");
  CHECK(again.is_continued());
  CHECK(again.written(3) == 200);
  CHECK(again.written(4) == 7);
  CHECK(again.written(5) == 0);
}

TEST_CASE("a journal of another plan is begun anew") {
  const bundle::TempDir folder;
  const std::filesystem::path file = folder.path() / ".journal";
  FillJournal(file, "aa").record(1, 5);
  CHECK_FALSE(FillJournal(file, "bb").is_continued());
  CHECK(FillJournal(file, "bb").written(1) == 0);
}

TEST_CASE("two builds never work in one folder at once") {
  const bundle::TempDir folder;
  const std::filesystem::path file = folder.path() / ".journal";
  {
    FillJournal first(file, "aa");
    first.record(1, 5);
    for (const char* plan : {"aa", "bb"}) {
      CHECK_THROWS_AS(FillJournal(file, plan), bundle::Error);
    }
  }
  CHECK(FillJournal(file, "aa").written(1) == 5);
}

TEST_CASE("a file system without locks is worked on all the same, and a broken one is no other build") {
  const bundle::TempDir folder;
  const std::filesystem::path file = folder.path() / ".journal";
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    bundle::test::flock_error = error;
    CHECK_NOTHROW(FillJournal(file, "aa"));
  }
  bundle::test::flock_error = EIO;
  const bundle::Error error = bundle::test::error_of([&] { FillJournal(file, "aa"); });
  bundle::test::flock_error = 0;
  CHECK(error.kind() == bundle::ErrorKind::integrity);
  CHECK(bundle::test::contains(error.message(), "cannot lock " + file.string()));
}

TEST_CASE("a journal torn at any byte tells no more than was written") {
  const bundle::TempDir folder;
  const std::filesystem::path file = folder.path() / ".journal";
  {
    FillJournal journal(file, "aa");
    journal.record(12, 1234);
    journal.record(13, 5678);
  }
  const std::string whole = bundle::read_file(file, 1000);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    bundle::write_file_atomically(file, whole.substr(0, length));
    {
      FillJournal journal(file, "aa");
      for (const std::uint64_t written : {journal.written(12), journal.written(13)}) {
        CHECK((written == 0 || written == 1234 || written == 5678));
      }
      journal.record(14, 9);  // what is written after a torn line is read again
    }
    CHECK(FillJournal(file, "aa").written(14) == 9);
  }
}
