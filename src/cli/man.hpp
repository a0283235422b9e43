#pragma once

#include <string>

#include "cli/description.hpp"

namespace bundle::cli {

/// bundle(1) in the language of man(7), without a date so that the same sources make the same bytes.
std::string man_page(const Program& program);
/// bundle-onsite(1), of its verbs.
std::string onsite_man_page(const Program& program);
/// bundle-VERB(1).
std::string man_page(const Program& program, const Verb& verb);

}  // namespace bundle::cli
