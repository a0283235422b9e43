#pragma once

#include <string>

namespace bundle::test {

/// Says that a case of the test suite "outside" cannot run here. The program then ends with 125 and the
/// reasons as its last line, unless something failed: ctest counts it as skipped. The caller returns.
void skip(const std::string& reason);

}  // namespace bundle::test
