#include "images/command_words.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bundle::images {

bool is_listed(std::string_view list, std::string_view word) {
  const std::vector<std::string_view> all = split(list, '|');
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::vector<std::string_view> operands_of(const ShellCommand& command, std::size_t from) {
  std::vector<std::string_view> operands;
  for (std::size_t i = from; i < command.size(); ++i) {
    if (!command[i].empty() && command[i][0] != '-') {
      operands.push_back(command[i]);
    }
  }
  return operands;
}

bool has_verb(const ShellCommand& command, std::string_view verb) {
  const std::vector<std::string_view> wanted = split(verb, ' ');
  if (verb.starts_with('-')) {
    return std::find(command.begin() + 1, command.end(), verb) != command.end();
  }
  std::vector<std::string_view> seen;
  for (std::size_t i = 1; i < command.size() && seen.size() < 4; ++i) {
    if (command[i].empty() || (command[i][0] == '-' && !is_listed(verb.find(" -") == std::string_view::npos
                                                                      ? std::string_view()
                                                                      : std::string_view(wanted.back()),
                                                                  command[i]))) {
      continue;
    }
    seen.push_back(command[i]);
  }
  for (std::size_t begin = 0; begin < std::min<std::size_t>(seen.size(), 2); ++begin) {
    const bool follows_option = begin == 0 || command[1].starts_with('-');
    if (follows_option && begin + wanted.size() <= seen.size() &&
        std::equal(wanted.begin(), wanted.end(), seen.begin() + static_cast<std::ptrdiff_t>(begin))) {
      return true;
    }
  }
  return false;
}

}  // namespace bundle::images
