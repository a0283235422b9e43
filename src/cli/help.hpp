#pragma once

#include <string>

#include "cli/description.hpp"

namespace bundle::cli {

/// What `bundle --help` prints: verbs by side, then the options of all of them.
std::string help(const Program& program);
/// What `bundle VERB --help` prints.
std::string help(const Program& program, const Verb& verb);

}  // namespace bundle::cli
