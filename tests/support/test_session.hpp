#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::test {

/// A Session without a terminal, whose data goes into `out`, which must outlive it.
commands::Session make_session(std::string& out);

}  // namespace bundle::test
