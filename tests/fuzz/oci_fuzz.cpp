// What registries answer: manifests, indexes, image configs and WWW-Authenticate.
#include "fuzz/fuzz.hpp"
#include "oci/challenge.hpp"
#include "spec/image_manifest.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  for (const std::string_view type : {std::string_view(), spec::kOciIndex, spec::kDockerManifest}) {
    fuzz::accepts([&] { static_cast<void>(spec::parse_document(text, type, "input")); });
  }
  fuzz::accepts([&] { static_cast<void>(spec::config_platform(text, "input")); });
  fuzz::accepts([&] { static_cast<void>(spec::parse_platform(text)); });
  for (const oci::Challenge& challenge : oci::parse_challenges(text)) {
    fuzz::require(!challenge.scheme.empty(), "a challenge has a scheme");
  }
  return 0;
}
