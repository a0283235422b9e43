// modules.yaml, and which of its builds are active: they are builds that exist.
#include "fuzz/fuzz.hpp"
#include "rpm/module_solver.hpp"
#include "rpm/modulemd.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts([&] {
    rpm::ModuleMetadata metadata;
    rpm::read_modulemd(fuzz::text_of(data, size), "modules.yaml", metadata);
    static_cast<void>(rpm::required_platforms(metadata));
    std::vector<std::string> notes;
    for (const std::size_t build : rpm::active_builds(metadata, "platform:el8", {"perl:5.26"}, notes)) {
      fuzz::require(build < metadata.builds.size(), "an active build exists");
    }
  });
  return 0;
}
