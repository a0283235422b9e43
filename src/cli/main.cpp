#include "cli/app.hpp"

int main(int argc, char** argv) {
  using namespace bundle::cli;
  std::vector<AddVerb> verbs = {add_init_verb, add_lock_verb, add_build_verb, add_images_verb, add_rpms_verb};
  const std::vector<AddVerb> onsite = onsite_verbs();
  verbs.insert(verbs.end(), onsite.begin(), onsite.end());
  return run(argc, argv, verbs);
}
