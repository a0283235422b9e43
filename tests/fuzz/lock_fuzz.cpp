// versions.lock.json: what was read is written and read again as the same.
#include "fuzz/fuzz.hpp"
#include "spec/lock.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts([&] {
    const spec::Lock lock = spec::parse_lock(fuzz::text_of(data, size), "versions.lock.json");
    const spec::Lock again = spec::parse_lock(spec::to_text(lock), "output");
    fuzz::require(again == lock, "a lock reads back as the same");
    fuzz::require(spec::describe_changes(lock, again).empty(), "equal locks have no changes");
  });
  return 0;
}
