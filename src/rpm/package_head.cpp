#include "rpm/package_head.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"

namespace bundle::rpm {
namespace {

constexpr std::size_t kLeadBytes = 96;
constexpr std::size_t kIntroBytes = 16;  ///< magic, version, reserved, number of entries, size of the store
constexpr std::size_t kEntryBytes = 16;  ///< tag, type, offset, count
constexpr std::string_view kLeadMagic = "\xed\xab\xee\xdb";
constexpr std::string_view kHeaderMagic = "\x8e\xad\xe8\x01";
constexpr std::uint32_t kBinary = 7;
constexpr std::uint32_t kMaxEntries = 64 << 10;
/// DSA and RSA over the header; PGP, GPG and PGP5 over header and payload.
constexpr std::array<std::uint32_t, 5> kSignatureTags = {267, 268, 1002, 1005, 1006};

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(offset, 4)) {
    value = (value << 8) | static_cast<unsigned char>(byte);
  }
  return value;
}

[[noreturn]] void malformed() { fail(ErrorKind::integrity, "it is not a readable RPM package"); }

}  // namespace

std::optional<std::vector<PackageSignature>> package_signatures(std::string_view head) {
  if (!head.starts_with(kLeadMagic.substr(0, head.size()))) {
    malformed();
  }
  if (head.size() < kLeadBytes + kIntroBytes) {
    return std::nullopt;
  }
  const std::string_view header = head.substr(kLeadBytes);
  const std::uint32_t entries = number_at(header, 8);
  const std::uint64_t store_bytes = number_at(header, 12);
  const std::uint64_t store_at = kIntroBytes + std::uint64_t{entries} * kEntryBytes;
  if (!header.starts_with(kHeaderMagic) || entries > kMaxEntries ||
      store_at + store_bytes > kMaxPackageHeadBytes - kLeadBytes) {
    malformed();
  }
  if (header.size() < store_at + store_bytes) {
    return std::nullopt;
  }
  const std::string_view store = header.substr(store_at, store_bytes);
  std::vector<PackageSignature> signatures;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::string_view entry = header.substr(kIntroBytes + i * kEntryBytes, kEntryBytes);
    const std::uint64_t offset = number_at(entry, 8);
    const std::uint64_t count = number_at(entry, 12);
    const bool is_signature =
        std::find(kSignatureTags.begin(), kSignatureTags.end(), number_at(entry, 0)) != kSignatureTags.end();
    if (!is_signature) {
      continue;
    }
    if (number_at(entry, 4) != kBinary || offset + count > store.size()) {
      malformed();
    }
    signatures.push_back(read_signature(store.substr(offset, count)));
  }
  return signatures;
}

}  // namespace bundle::rpm
