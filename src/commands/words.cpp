#include "commands/words.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace bundle::commands {

std::string headline(const format::Index& index) {
  return fmt::format("{} {} for {} {}, made {}\n", index.name, index.version, index.target, index.arch,
                     index.created);
}

std::uint64_t payload_bytes(const format::Index& index) {
  std::uint64_t total = 0;
  for (const format::Entry& entry : index.entries) {
    total += entry.size_bytes;
  }
  return total;
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i + 1 < row.size() ? fmt::format("{:<{}}  ", row[i], widths[i]) : row[i];
    }
    text += '\n';
  }
  return text;
}

}  // namespace bundle::commands
