#include "rpm/signature_packet.hpp"

extern "C" {
#include <rpm/rpmpgp.h>
}

#include "base/handle.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "rpm/librpm.hpp"

namespace bundle::rpm {
namespace {

using ParamsHandle = Handle<pgpDigParams_s, pgpDigParamsFree>;
constexpr std::size_t kKeyIdBytes = 8;

/// librpm's name for a number, or the number.
std::string name_of(pgpValType kind, unsigned number) {
  const std::string name = pgpValString(kind, static_cast<std::uint8_t>(number));
  return name.starts_with("Unknown") ? std::to_string(number) : name;
}

}  // namespace

PackageSignature read_signature(std::string_view packet) {
  prepare_librpm();
  pgpDigParams parsed = nullptr;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(packet.data());
  const int result = pgpPrtParams(bytes, packet.size(), PGPTAG_SIGNATURE, &parsed);
  const ParamsHandle params(parsed);
  if (result != 0 || !params) {
    return {};
  }
  const std::string_view id(reinterpret_cast<const char*>(pgpDigParamsSignID(parsed)), kKeyIdBytes);
  const bool is_named = id.find_first_not_of('\0') != std::string_view::npos;
  return {.issuer = is_named ? upper(to_hex(as_bytes(id))) : std::string(),
          .algorithm = name_of(PGPVAL_PUBKEYALGO, pgpDigParamsAlgo(parsed, PGPVAL_PUBKEYALGO)),
          .digest = lower(name_of(PGPVAL_HASHALGO, pgpDigParamsAlgo(parsed, PGPVAL_HASHALGO)))};
}

}  // namespace bundle::rpm
