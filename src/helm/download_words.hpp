#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "images/downloads.hpp"
#include "spec/image_rules.hpp"

namespace bundle::helm {

/// What pods would fetch from outside when they run and no `ignore` answers, in words with what to carry and
/// how to answer; the positions of the `ignore` that answer any go into `used`.
std::vector<std::string> undecided_downloads(const std::vector<images::Download>& downloads,
                                             const spec::ImageRules& rules, std::set<std::string>& used);

}  // namespace bundle::helm
