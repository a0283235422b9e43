#include "cli/app.hpp"
#include "cli/verbs.hpp"

int main(int argc, char** argv) {
  using namespace bundle::cli;
  return run(argc, argv, all_verbs());
}
