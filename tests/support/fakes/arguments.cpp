#include "support/fakes/arguments.hpp"

#include <algorithm>

namespace bundle::test {

bool Arguments::has(std::string_view option) const {
  return std::any_of(options.begin(), options.end(), [&](const auto& row) { return row.first == option; });
}

std::string Arguments::value(std::string_view option) const {
  const std::vector<std::string> all = values(option);
  return all.empty() ? std::string() : all.back();
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  std::vector<std::string> found;
  for (const auto& [name, value] : options) {
    if (name == option) {
      found.push_back(value);
    }
  }
  return found;
}

bool Arguments::are(std::initializer_list<std::string_view> first,
                    const std::set<std::string_view>& allowed) const {
  return words.size() >= first.size() && std::equal(first.begin(), first.end(), words.begin()) &&
         std::all_of(options.begin(), options.end(),
                     [&](const auto& row) { return allowed.contains(row.first); });
}

Arguments take_apart(const std::vector<std::string>& argv, const std::set<std::string_view>& valued) {
  Arguments taken;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& word = argv[i];
    if (word == "--") {
      taken.words.insert(taken.words.end(), argv.begin() + static_cast<std::ptrdiff_t>(i) + 1, argv.end());
      break;
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    if (word.size() < 2 || !word.starts_with('-')) {
      taken.words.push_back(word);
    } else if (equals != std::string::npos) {
      taken.options.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    } else if (valued.contains(word) && i + 1 < argv.size()) {
      taken.options.emplace_back(word, argv[++i]);
    } else {
      taken.options.emplace_back(word, "");
    }
  }
  return taken;
}

}  // namespace bundle::test
