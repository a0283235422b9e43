// Where packages have their signatures, and what librpm reads of them.
#include "fuzz/fuzz.hpp"
#include "rpm/package_head.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::accepts([&] { static_cast<void>(rpm::package_signatures(text)); });
  static_cast<void>(rpm::read_signature(text));
  return 0;
}
