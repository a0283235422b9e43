#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rpm/signature_packet.hpp"

namespace bundle::rpm {

/// How many bytes of a package are read first; most have their signatures in these.
constexpr std::uint64_t kPackageHeadBytes = 16 << 10;
/// More than that has no signature header: of IMA signatures there may be one for each file.
constexpr std::uint64_t kMaxPackageHeadBytes = 16 << 20;

/// The signatures that a package carries, by its first bytes alone: nothing is verified. Nothing: `head` ends
/// before the signature header does. Throws Error(integrity) when it is no RPM package.
/// Source: https://rpm.org/docs/latest/manual/format_v4.html (lead, signature header and its tags)
std::optional<std::vector<PackageSignature>> package_signatures(std::string_view head);

}  // namespace bundle::rpm
