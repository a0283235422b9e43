#include "format/entry_reader.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "format/tar.hpp"
#include "support/small_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using namespace bundle::format;

namespace {

struct Bundle {
  TempDir folder;
  test::SmallBundle made = test::make_bundle(folder.path(), test::default_options(), {});
  std::vector<Finding> findings;
  PartSet parts{made.index, {made.folder}, findings};

  const Entry& entry(std::string_view path) const { return *made.index.find_entry(path); }

  void flip(const Piece& piece, std::uint64_t offset) const {
    const UniqueFd fd =
        open_file(made.folder / made.index.parts.at(piece.part).name, OpenMode::create_or_open);
    std::array<std::byte, 1> byte{};
    pread_all(fd.get(), byte, piece.offset + offset, "part");
    byte[0] ^= std::byte{1};
    pwrite_all(fd.get(), byte, piece.offset + offset, "part");
  }
};

/// All that it hands on, in `text` as far as it came when it throws.
void read_all(const PartSet& parts, const Entry& entry, std::size_t buffer_bytes, std::string& text) {
  EntryReader reader(parts, entry);
  std::vector<std::byte> buffer(buffer_bytes);
  for (Bytes bytes = reader.next(buffer); !bytes.empty(); bytes = reader.next(buffer)) {
    text += as_text(bytes);
  }
}

}  // namespace

TEST_CASE("an entry is read whole with a buffer of any size") {
  const Bundle bundle;
  for (const std::size_t buffer_bytes : {std::size_t{512}, std::size_t{513}, std::size_t{65536}}) {
    for (const auto& [path, content] : test::default_options().contents) {
      std::string text;
      read_all(bundle.parts, bundle.entry(path), buffer_bytes, text);
      CHECK(text == content);
    }
  }
}

TEST_CASE("the last piece of a wrong entry is not handed on") {
  const Bundle bundle;
  for (const char* path : {"charts/demo.tgz", "files/model.gguf"}) {
    const Entry& entry = bundle.entry(path);
    bundle.flip(entry.at.front(), 100);
    std::string text;
    const Error error = test::thrown_by([&] { read_all(bundle.parts, entry, 4096, text); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.message().find(path) != std::string::npos);
    CHECK(text.size() < entry.size_bytes);
  }
}

TEST_CASE("an empty entry has a header that is compared") {
  const Bundle bundle;
  const Entry& entry = bundle.entry("files/empty");
  std::string text;
  read_all(bundle.parts, entry, 512, text);
  CHECK(text.empty());
  Piece header = entry.at.front();
  header.offset -= kTarBlock;
  bundle.flip(header, 0);
  CHECK(test::thrown_by([&] { read_all(bundle.parts, entry, 512, text); }).kind() == ErrorKind::integrity);
}
