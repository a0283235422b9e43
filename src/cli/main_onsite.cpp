#include "cli/app.hpp"
#include "cli/verbs.hpp"

int main(int argc, char** argv) { return bundle::cli::run(argc, argv, bundle::cli::onsite_verbs()); }
