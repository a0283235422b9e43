// versions.yml and component.yml, which people hand to each other.
#include "fuzz/fuzz.hpp"
#include "spec/component.hpp"
#include "spec/versions.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::accepts([&] { static_cast<void>(spec::read_versions(std::string(text), "versions.yml")); });
  for (const char* version : {"", "v1.2.3"}) {
    fuzz::accepts([&] { static_cast<void>(spec::read_component(text, "demo", version)); });
  }
  return 0;
}
