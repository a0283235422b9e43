#pragma once

#include <string>
#include <string_view>

#include "format/verified_index.hpp"

namespace bundle::serve {

/// The page for people: what is inside, by system, who signed it, and commands to copy against `base_url`.
/// It stands alone (no script, nothing from elsewhere), offers no key to trust, and runs nothing that was not
/// checked before.
std::string page(const format::VerifiedIndex& verified, std::string_view base_url);

}  // namespace bundle::serve
