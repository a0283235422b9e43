#include "support/test_session.hpp"

namespace bundle::test {

commands::Session make_session(std::string& out) {
  return {.log = std::make_unique<Log>(LogLevel::quiet, false),
          .progress = std::make_unique<NoProgress>(),
          .runner = std::make_unique<PosixRunner>(),
          .out = &out};
}

}  // namespace bundle::test
