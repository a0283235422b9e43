#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace bundle::test {

/// Rows of cells, the heading first, as Go's text/tabwriter aligns them.
using Table = std::vector<std::vector<std::string>>;

inline std::string to_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : table) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i] + std::string(widths[i] + 1 - row[i].size(), ' ');
    }
    text += "\n";
  }
  return text;
}

}  // namespace bundle::test
