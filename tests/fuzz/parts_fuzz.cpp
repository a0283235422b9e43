// The parts of a bundle under an index that is sound or not: no changed byte gets past the reader. The input
// is a list of edits: what to change (a byte of a part, or a number of the index), where, and to what.
#include <unistd.h>

#include "base/fs.hpp"
#include "format/parts.hpp"
#include "format/tar.hpp"
#include "fuzz/fuzz.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;

namespace {

/// A bundle with one small part, made once; `bytes` are those of the part.
struct Genuine {
  TempDir folder;
  test::SmallBundle bundle;
  std::string bytes;
  UniqueFd part;
};

Genuine make_genuine() {
  TempDir folder;
  const test::SmallBundleOptions options{
      .contents = {{"blobs/sha256/one", test::noise(700, 1)}, {"files/empty", ""}, {"files/text", "text"}}};
  test::SmallBundle bundle = test::make_bundle(folder.path(), options, {});
  const std::filesystem::path path = bundle.folder / bundle.index.parts.at(0).name;
  return {.folder = std::move(folder),
          .bundle = bundle,
          .bytes = read_file(path, 1 << 20),
          .part = open_file(path, OpenMode::create_or_open)};
}

std::uint64_t& number_of(format::Index& index, std::uint64_t which) {
  format::Entry& entry = index.entries.at(which / 4 % index.entries.size());
  switch (which % 4) {
    case 0:
      return entry.size_bytes;
    case 1:
      return entry.at.at(0).offset;
    case 2:
      return entry.at.at(0).size_bytes;
    default:
      return entry.at.at(0).part;
  }
}

void edit(fuzz::Numbers& numbers, format::Index& index, std::string& bytes) {
  constexpr std::uint64_t kIndexEdit = 0xff;
  const std::uint64_t kind = numbers.take(1);
  const std::uint64_t where = numbers.take(2);
  if (kind == kIndexEdit) {
    number_of(index, where) = numbers.take(7);
  } else {
    bytes.at(where % bytes.size()) = static_cast<char>(numbers.take(1));
  }
}

/// Reads all of a bundle; throws at the first fault.
void read_all(const format::Index& index, const std::filesystem::path& folder) {
  const format::Index parsed = format::parse_index(format::to_canonical_json(index), "bundle.json");
  std::vector<Finding> findings;
  const format::PartSet parts(parsed, {folder}, findings);
  if (!findings.empty()) {
    fail(ErrorKind::integrity, "{}", findings.front().message);
  }
  std::vector<std::byte> buffer(format::kTarBlock);
  for (const format::Entry& entry : parsed.entries) {
    format::stream_entry(parts, entry, buffer, [](Bytes) {});
  }
  for (std::size_t part = 0; part < parsed.parts.size(); ++part) {
    format::check_trailer(parts, parsed, part);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Genuine kGenuine = make_genuine();
  format::Index index = kGenuine.bundle.index;
  std::string bytes = kGenuine.bytes;
  for (fuzz::Numbers numbers(fuzz::text_of(data, size)); !numbers.empty();) {
    edit(numbers, index, bytes);
  }
  pwrite_all(kGenuine.part.get(), as_bytes(bytes), 0, "part");
  const bool accepted = fuzz::accepts([&] { read_all(index, kGenuine.bundle.folder); });
  fuzz::require(accepted == (bytes == kGenuine.bytes && index == kGenuine.bundle.index),
                "exactly the genuine bundle is accepted");
  return 0;
}
