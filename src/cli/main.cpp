#include "cli/app.hpp"
#include "cli/verbs.hpp"

int main(int argc, char** argv) {
  using namespace bundle::cli;
  std::vector<AddVerb> verbs = connected_verbs();
  const std::vector<AddVerb> onsite = onsite_verbs();
  verbs.insert(verbs.end(), onsite.begin(), onsite.end());
  return run(argc, argv, verbs);
}
