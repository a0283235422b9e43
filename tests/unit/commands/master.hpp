#pragma once

#include <string>
#include <utility>

#include "host/known_environment.hpp"
#include "support/test_session.hpp"
#include "unit/survey/surveyed.hpp"

namespace bundle::commands {

/// A session on m1 of a site that is well.
struct Master : survey::test::Surveyed {
  Master() {
    session.root = world.folder.path();
    session.runner = std::make_unique<host::KnownEnvironment>(world.runner);
    session.now = [this] { return world.now; };
  }
  std::string printed() { return std::exchange(out, {}); }

  std::string out;
  Session session = test::make_session(out);
};

}  // namespace bundle::commands
