#pragma once

#include <string>

#include "rpm/solv.hpp"
#include "rpm/visibility.hpp"

namespace bundle::rpm {

/// A hint for a wanted text that no package matches: the builds of the package when only the version is
/// wrong, else the nearest name. Empty when there is neither.
std::string advice_on_unknown(Pool* pool, const Visibility& visibility, const std::string& wanted);

}  // namespace bundle::rpm
