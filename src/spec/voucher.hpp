#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace bundle::spec {

/// Who vouched for an artefact when it was locked.
enum class VouchedBy : std::uint8_t {
  unrecorded,  ///< a lock or a bundle from before this was written down
  first_use,   ///< nobody but the server that it came from
  own,         ///< it is a file beside versions.yml, or of the catalogue
  digest,      ///< its digest stands in versions.yml or the catalogue, or in what somebody vouched for
  metadata,    ///< signed metadata of its repository names its digest
  openpgp,     ///< a signature that gpg or librpm found good
  cosign,      ///< a cosign signature by a pinned public key
};

struct Voucher {
  VouchedBy by = VouchedBy::unrecorded;
  std::string key;  ///< of `openpgp` the primary key's fingerprint, of `cosign` its KEYID (signing/key.hpp)
  bool operator==(const Voucher&) const = default;
};

/// As lock and index have it: `first-use`, `digest`, `openpgp:FINGERPRINT`, …; empty when unrecorded.
std::string to_string(const Voucher& voucher);
std::optional<Voucher> parse_voucher(std::string_view text);
/// A row of lock or index with its `vouched`; without one for what an older lock or bundle did not record.
json::Object with_voucher(json::Object row, const Voucher& voucher);

/// For people: `first use`, `OpenPGP key 567E…`.
std::string describe(const Voucher& voucher);

/// Whether it has to be taken on trust, as far as is known.
bool is_first_use(const Voucher& voucher);

}  // namespace bundle::spec
