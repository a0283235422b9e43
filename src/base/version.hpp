#pragma once

#include <string_view>

namespace bundle {

/// The version of this tool, `0.1.0`: project(VERSION) in CMakeLists.txt.
std::string_view tool_version();

}  // namespace bundle
