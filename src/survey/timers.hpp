#pragma once

#include <vector>

#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// What this master does by itself by a timer, and how it last went; only timers that are there.
std::vector<Timer> timers_of(const host::Host& host);

}  // namespace bundle::survey
