// JSON of any origin: what was read is written and read again as the same, but for a double that is a whole
// number and comes back as an integer.
#include "base/json.hpp"

#include "fuzz/fuzz.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts([&] {
    const json::Value value = json::parse(fuzz::text_of(data, size), "input");
    const json::Value again = json::parse(json::pretty(value), "output");
    fuzz::require(json::parse(json::pretty(again), "output") == again, "pretty JSON reads back as the same");
  });
  return 0;
}
