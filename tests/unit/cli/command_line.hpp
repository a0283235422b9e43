#pragma once

#include <string>
#include <vector>

#include "cli/app.hpp"

namespace bundle::test {

/// What a user sees of one command line.
struct Ended {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs `bundle ARGUMENTS…` with these verbs in this process, its stdout and stderr kept in files meanwhile.
Ended run_line(const std::vector<cli::AddVerb>& verbs, const std::vector<std::string>& arguments);

}  // namespace bundle::test
