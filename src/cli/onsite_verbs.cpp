#include "cli/verbs.hpp"

namespace bundle::cli {

std::vector<AddVerb> onsite_verbs() { return {add_verify_verb, add_keygen_verb}; }

}  // namespace bundle::cli
