#include "cli/verbs.hpp"

namespace bundle::cli {

std::vector<AddVerb> onsite_verbs() { return {}; }

}  // namespace bundle::cli
