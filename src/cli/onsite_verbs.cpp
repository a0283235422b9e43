#include "cli/verbs.hpp"

namespace bundle::cli {

std::vector<AddVerb> onsite_verbs() { return {add_keygen_verb}; }

}  // namespace bundle::cli
