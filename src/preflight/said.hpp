#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace bundle::preflight {

/// Of what a program said the lines that are not empty and no noise, trimmed; the first twelve, since the
/// rest is the same again. They point into `text`.
std::vector<std::string_view> said_lines(std::string_view text,
                                         const std::function<bool(std::string_view line)>& is_noise);

}  // namespace bundle::preflight
