#include "cli/verbs.hpp"

namespace bundle::cli {

std::vector<AddVerb> onsite_verbs() {
  return {add_why_verb,       add_verify_verb, add_inspect_verb, add_diff_verb,
          add_keygen_verb,    add_sign_verb,   add_copy_verb,    add_install_verb,
          add_preflight_verb, add_status_verb, add_undo_verb,    add_facts_verb};
}

}  // namespace bundle::cli
