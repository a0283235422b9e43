#include "base/version.hpp"

namespace bundle {

std::string_view tool_version() { return BUNDLE_VERSION; }

}  // namespace bundle
