#include "images/shell_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"

namespace bundle::images {

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t assigned_name(std::string_view word) {
  const std::size_t end = word.find('=');
  const bool is_name =
      end != std::string_view::npos && end > 0 &&
      std::isdigit(static_cast<unsigned char>(word.front())) == 0 &&
      std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end), is_name_char);
  return is_name ? end : 0;
}

bool is_reserved(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kWords = {
      "if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "time", "fi"};
  return is_in(kWords, word);
}

std::size_t wrapper_words(const ShellCommand& words) {
  static constexpr std::array<std::string_view, 12> kPlain = {"exec",   "sudo",   "nohup",     "env",
                                                              "nice",   "tini",   "dumb-init", "xargs",
                                                              "stdbuf", "setsid", "timeout",   "doas"};
  static constexpr std::array<std::string_view, 3> kWithUser = {"gosu", "su-exec", "setpriv"};
  const std::string_view program = program_name(words.front());
  if (!is_in(kPlain, program) && !is_in(kWithUser, program)) {
    return 0;
  }
  std::size_t taken = 1;
  const bool takes_one = is_in(kWithUser, program) || program == "timeout";
  while (taken < words.size() &&
         (words[taken].starts_with('-') || (program == "env" && assigned_name(words[taken]) > 0))) {
    const bool has_value = words[taken].size() == 2 && words[taken] != "--" &&
                           std::string_view("uskSnLIPdg").find(words[taken][1]) != std::string_view::npos &&
                           program != "exec" && program != "env";
    taken += has_value ? 2 : 1;
  }
  return taken + (takes_one ? 1 : 0);
}

std::optional<std::string> script_of(const ShellCommand& words) {
  static constexpr std::array<std::string_view, 7> kShells = {"sh",  "bash", "ash", "dash",
                                                              "zsh", "ksh",  "su"};
  const std::string_view program = program_name(words.front());
  if (program == "eval") {
    std::string script;
    for (std::size_t i = 1; i < words.size(); ++i) {
      script += words[i] + " ";
    }
    return script;
  }
  const bool is_busybox = program == "busybox" && words.size() > 1 && is_in(kShells, words[1]);
  if (!is_in(kShells, program) && !is_busybox) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--command" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))) {
      return words[i + 1];
    }
  }
  return std::nullopt;
}

}  // namespace bundle::images
