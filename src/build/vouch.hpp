#pragma once

#include <string>

#include "build/inputs.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// Who vouches for what was fetched for a path of the bundle: `otherwise`, or the digest that versions.yml
/// has for it under `digests`. Comes before it is used. Throws Error(integrity) when that is another one;
/// `archive_sha256` is taken as well (of what a program came in; may be empty).
spec::Voucher voucher_of(const spec::Versions& versions, const std::string& path, const std::string& sha256,
                         const spec::Voucher& otherwise, const std::string& archive_sha256 = {});

/// Throws Error(integrity) that names everything of `lock` taken on first use, with its digest, when
/// versions.yml refuses that.
void refuse_first_use(const spec::Versions& versions, const spec::Lock& lock);

/// Says how much of a lock was taken on first use, and which digests of versions.yml belong to nothing.
void report_vouchers(const spec::Versions& versions, const spec::Lock& lock, Log& log);

}  // namespace bundle::build
