#include "format/part_check.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/fs.hpp"
#include "support/small_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::holds;

namespace {

struct Fixture {
  TempDir dir;
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {});
  format::SplitEntries split;

  std::string content(std::uint64_t part) const {
    return read_file(bundle.folder / bundle.index.parts[part].name, 2 << 20);
  }
  void check(std::uint64_t part, const std::string& content, std::size_t step = 1 << 20) {
    format::PartCheck check(bundle.index, part, "PATH", split);
    for (std::size_t at = 0; at < content.size(); at += step) {
      check.update(as_bytes(std::string_view(content).substr(at, step)));
    }
    check.finish();
  }
  Error error_of(std::uint64_t part, const std::string& content) {
    return test::thrown_by([&] { check(part, content); });
  }
  void drop_part_digests() {
    for (format::Part& part : bundle.index.parts) {
      part.sha256.clear();
    }
  }
  const format::Entry& model() const { return *bundle.index.find_entry("files/model.gguf"); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "whole parts are right, in whatever steps they come") {
  for (const std::size_t step : {1 << 20, 65536, 513, 511, 97}) {
    CAPTURE(step);
    for (std::uint64_t part = 0; part < bundle.index.parts.size(); ++part) {
      CHECK_NOTHROW(check(part, content(part), step));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "a flipped bit is found wherever it is, and named with the part and the entry") {
  for (std::uint64_t part = 0; part < bundle.index.parts.size(); ++part) {
    const std::string whole = content(part);
    for (const format::Entry& entry : bundle.index.entries) {
      for (const format::Piece& piece : entry.at) {
        const std::vector<std::uint64_t> offsets = {piece.offset - 512, piece.offset - 1, piece.offset,
                                                    piece.offset + piece.size_bytes - 1,
                                                    piece.offset + format::padded(piece.size_bytes) - 1};
        for (const std::uint64_t offset : offsets) {
          const bool is_its_own = offset < piece.offset || piece.size_bytes > 0;
          if (piece.part == part && is_its_own) {
            CAPTURE(offset);
            std::string bad = whole;
            bad[offset] = static_cast<char>(bad[offset] ^ 4);
            split = {};
            const Error error = error_of(part, bad);
            CHECK(error.kind() == ErrorKind::integrity);
            CHECK(error.position().file == "PATH");
            CHECK(holds(error.message(), "part " + std::to_string(part)));
            CHECK(holds(error.message(), entry.path.str()));
          }
        }
      }
    }
    std::string bad = whole;
    bad.back() = 'x';
    CHECK(holds(error_of(part, bad).message(), "end of the archive"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a part that ends early or late") {
  const std::string whole = content(1);
  CHECK(holds(error_of(1, whole.substr(0, whole.size() - 1)).message(), "ends after"));
  CHECK(holds(error_of(1, whole + std::string(1, '\0')).message(), "longer than"));
  CHECK(holds(error_of(1, "").message(), "ends after 0 bytes"));
}

TEST_CASE_FIXTURE(Fixture, "without digests of parts a split entry is right when all its pieces went by") {
  drop_part_digests();
  for (std::uint64_t part = 0; part < bundle.index.parts.size(); ++part) {
    check(part, content(part));
  }
  CHECK(split.is_right(model()));
}

TEST_CASE_FIXTURE(Fixture, "without digests of parts a split entry with a piece missing stays undecided") {
  drop_part_digests();
  const std::uint64_t passed_over = model().at[1].part;
  for (std::uint64_t part = 0; part < bundle.index.parts.size(); ++part) {
    if (part != passed_over) {
      check(part, content(part));
    }
  }
  CHECK_FALSE(split.is_right(model()));
  CHECK(format::split_entries_of(bundle.index, passed_over) == std::vector{&model()});
}

TEST_CASE_FIXTURE(Fixture, "without digests of parts a bad piece shows behind the last one") {
  drop_part_digests();
  for (std::size_t i = 0; i < model().at.size(); ++i) {
    const format::Piece& piece = model().at[i];
    std::string bytes = content(piece.part);
    if (i == 0) {
      bytes[piece.offset] = static_cast<char>(bytes[piece.offset] ^ 4);
    }
    if (i + 1 < model().at.size()) {
      CHECK_NOTHROW(check(piece.part, bytes));
    } else {
      CHECK(holds(error_of(piece.part, bytes).message(), "files/model.gguf"));
    }
  }
}
