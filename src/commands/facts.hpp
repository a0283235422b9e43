#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct FactsOptions {
  std::string out;  ///< a file, replaced at once; empty: stdout
  std::string root = "/";
};

/// `bundle facts`: what this host is, to carry back as `target.base`. Changes nothing but the file.
void facts(Session& session, const FactsOptions& options);

}  // namespace bundle::commands
