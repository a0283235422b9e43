#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bundle::test {

/// A command line taken apart: options with their dashes (`--name=value`, `--name value`, `-n value`), and
/// the words between them.
struct Arguments {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> options;

  bool has(std::string_view option) const;
  /// Of the last one; empty when there is none.
  std::string value(std::string_view option) const;
  std::vector<std::string> values(std::string_view option) const;
  /// The first words are these, and there are no options but those: what a fake asks before it answers.
  bool are(std::initializer_list<std::string_view> first, const std::set<std::string_view>& allowed) const;
};

/// `valued`: options that take the next word when they have no `=`. What follows `--` are words, whatever
/// they begin with.
Arguments take_apart(const std::vector<std::string>& argv, const std::set<std::string_view>& valued);

}  // namespace bundle::test
