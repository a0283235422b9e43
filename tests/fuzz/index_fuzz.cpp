// bundle.json: whatever is accepted is canonical to the byte.
#include "format/index.hpp"
#include "fuzz/fuzz.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::accepts([&] {
    const format::Index index = format::parse_index(text, "bundle.json");
    fuzz::require(format::to_canonical_json(index) == text, "an accepted index is canonical");
    static_cast<void>(format::sums_text(index.entries));
  });
  return 0;
}
