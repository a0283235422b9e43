#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "support/skip.hpp"

namespace bundle::test {
namespace {

constexpr int kSkipped = 125;  // SKIP_RETURN_CODE in tests/unit/CMakeLists.txt

std::string& reasons() {
  static std::string all;
  return all;
}

}  // namespace

void skip(const std::string& reason) {
  if (reasons().find(reason) == std::string::npos) {
    reasons() += (reasons().empty() ? "" : "; ") + reason;
  }
}

}  // namespace bundle::test

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int result = context.run();
  if (context.shouldExit() || result != 0 || bundle::test::reasons().empty()) {
    return result;
  }
  std::cout << "skipped: " << bundle::test::reasons() << '\n';
  return bundle::test::kSkipped;
}
