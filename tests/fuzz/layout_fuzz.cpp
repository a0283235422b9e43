// Layouts and tar headers: pieces follow one another without gap or overlap, and each header says what it was
// made from. The input is a part size, then rows of size and path.
#include <charconv>

#include "format/layout.hpp"
#include "format/tar.hpp"
#include "fuzz/fuzz.hpp"

using namespace bundle;

namespace {

std::string_view field(const format::TarHeader& header, std::size_t offset, std::size_t size) {
  const std::string_view bytes = as_text(header).substr(offset, size);
  return bytes.substr(0, bytes.find('\0'));
}

/// As POSIX's pax page and GNU's manual have it, read independently of how it is written.
std::uint64_t size_in(const format::TarHeader& header) {
  const std::string_view bytes = as_text(header).substr(124, 12);
  std::uint64_t size = 0;
  if ((static_cast<unsigned char>(bytes[0]) & 0x80) != 0) {
    for (const char byte : bytes.substr(1)) {
      size = size << 8 | static_cast<unsigned char>(byte);
    }
    return size;
  }
  std::from_chars(bytes.data(), bytes.data() + 11, size, 8);
  return size;
}

void check_header(const std::string& path, std::uint64_t size_bytes) {
  const format::TarHeader header = format::tar_header(path, size_bytes, 0755);
  const std::string prefix(field(header, 345, 155));
  const std::string name(field(header, 0, 100));
  fuzz::require((prefix.empty() ? name : prefix + "/" + name) == path, "a header holds its path");
  fuzz::require(size_in(header) == size_bytes, "a header holds its size");
}

void check(const std::vector<format::LayoutItem>& items, std::uint64_t part_size_bytes) {
  const format::Layout layout = format::lay_out(items, part_size_bytes, "demo-1-x86_64");
  std::vector<std::uint64_t> ends(layout.parts.size(), 0);
  fuzz::require(layout.at.size() == items.size(), "every item has its place");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const format::Entry entry{.path = items[i].path, .size_bytes = items[i].size_bytes, .at = layout.at[i]};
    std::uint64_t total = 0;
    for (std::size_t number = 0; number < entry.at.size(); ++number) {
      const format::Piece& piece = entry.at[number];
      fuzz::require(piece.offset == ends.at(piece.part) + format::kTarBlock, "pieces leave no gap");
      ends[piece.part] = piece.offset + format::padded(piece.size_bytes);
      total += piece.size_bytes;
      check_header(format::piece_path(entry, number), piece.size_bytes);
    }
    fuzz::require(total == entry.size_bytes, "the pieces are the entry");
  }
  for (std::size_t part = 0; part < ends.size(); ++part) {
    fuzz::require(layout.parts[part].size_bytes == ends[part] + format::kTarTrailer, "a part ends once");
    fuzz::require(layout.parts[part].size_bytes <= part_size_bytes, "a part is under its limit");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Numbers numbers(fuzz::text_of(data, size));
  const std::uint64_t part_size_bytes = numbers.take(5);
  std::vector<format::LayoutItem> items;
  while (!numbers.empty()) {
    const std::uint64_t item_size = numbers.take(5);
    const std::uint64_t length = numbers.take(1);
    const std::optional<RelPath> path = RelPath::parse(numbers.text(length));
    if (path) {
      items.push_back({.path = *path, .size_bytes = item_size});
    }
  }
  fuzz::accepts([&] { check(items, part_size_bytes); });
  return 0;
}
