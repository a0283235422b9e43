#pragma once

#include <string>

namespace bundle::test {

/// Compares a text with the file `path` below tests/. With ACCEPT=1 in the environment the file is written
/// anew instead: look at the difference before you commit it. A difference is shown by its first line alone.
void check_golden(const std::string& path, const std::string& text);

}  // namespace bundle::test
