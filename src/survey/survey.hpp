#pragma once

#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// Looks at the whole cluster from one of its masters, and changes nothing. What cannot be seen is left open
/// with the reason; each program that is asked has an end in time, whichever hosts are down. Throws
/// Error(preflight) on a host that is no master.
Picture survey(const host::Host& host);

}  // namespace bundle::survey
