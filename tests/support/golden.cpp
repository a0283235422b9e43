#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

/// `LINE: expected … / found …` of the first line that differs; empty: none does.
std::string first_difference(const std::string& expected, const std::string& found) {
  const std::vector<std::string_view> before = split(expected, '\n');
  const std::vector<std::string_view> now = split(found, '\n');
  for (std::size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const std::string_view old_line = i < before.size() ? before[i] : "(end)";
    const std::string_view new_line = i < now.size() ? now[i] : "(end)";
    if (old_line != new_line) {
      return fmt::format("{}: expected '{}', found '{}'", i + 1, old_line, new_line);
    }
  }
  return {};
}

}  // namespace

void check_golden(const std::string& path, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(BUNDLE_SOURCE_DIR) / "tests" / path;
  if (std::getenv("ACCEPT") != nullptr) {
    make_folders(file.parent_path());
    write_file_atomically(file, text);
  }
  REQUIRE_MESSAGE(std::filesystem::exists(file), path, " is not there: ACCEPT=1 makes it");
  const std::string difference = first_difference(read_file(file, 1 << 20), text);
  CHECK_MESSAGE(difference.empty(), path, ":", difference, " (ACCEPT=1 takes it)");
}

}  // namespace bundle::test
