// repomd.xml: what is accepted stays inside the repository and within the caps.
#include "fuzz/fuzz.hpp"
#include "rpm/repomd.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts([&] {
    const rpm::Repomd repomd = rpm::parse_repomd(fuzz::text_of(data, size), "repomd.xml");
    for (const rpm::MetadataFile& file : rpm::plan_metadata(repomd)) {
      fuzz::require(file.size_bytes <= rpm::kMaxMetadataBytes, "a metadata file is under its cap");
      fuzz::require(file.open_size_bytes <= rpm::kMaxOpenMetadataBytes, "unpacked metadata is under its cap");
      fuzz::require(file.checksum.size() == hex_length(file.checksum_kind), "a checksum has its length");
    }
  });
  return 0;
}
