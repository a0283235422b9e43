#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle {

/// The candidate nearest to `name` by edit distance (swapped neighbours count one, upper and lower case
/// nothing), as a hint "did you mean 'x'?"; empty when none is near (more than a third of the letters
/// differ).
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace bundle
