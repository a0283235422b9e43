#include "images/shell.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/text.hpp"
#include "images/shell_words.hpp"

namespace bundle::images {
namespace {

constexpr std::size_t kMaxScriptBytes = 1 << 20;
constexpr std::size_t kMaxWordBytes = 64 << 10;
constexpr std::size_t kMaxValueBytes = 4 << 10;
constexpr std::size_t kMaxCommands = 20'000;
constexpr std::size_t kMaxWords = 1000;      // of one command
constexpr std::size_t kMaxAssigned = 500;    // names in one script
constexpr std::size_t kMaxBytes = 8u << 20;  // of all words together, whatever variables repeat
constexpr int kMaxDepth = 8;

/// What a script assigns; nothing: a value that is not known any more.
using Assigned = std::map<std::string, std::optional<std::string>, std::less<>>;

/// What a script and those in it come to.
struct Output {
  const Variables& known;
  std::vector<ShellCommand> commands;
  std::size_t bytes = 0;
  bool is_full() const { return commands.size() >= kMaxCommands || bytes >= kMaxBytes; }
};

/// Reads one script; commands in it that are scripts themselves are read by another one, a level deeper.
class Reader {
 public:
  Reader(std::string_view text, Assigned& variables, Output& output, int depth)
      : text_(text.substr(0, kMaxScriptBytes)), variables_(variables), output_(output), depth_(depth) {}

  void read() {
    while (at_ < text_.size() && !output_.is_full()) {
      step();
    }
    end_command();
  }

  void take(ShellCommand words);

 private:
  char next(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    const char c = next();
    if (c == '\\' && next(1) == '\n') {
      at_ += 2;
    } else if (c == '\n') {
      end_command();
      ++at_;
      skip_documents();
    } else if (c == '#' && !in_word_) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '<' || c == '>') {
      redirection();
    } else if (std::string_view(";&|()").find(c) != std::string_view::npos) {
      end_command();
      ++at_;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      end_word();
      ++at_;
    } else {
      in_word_ = true;
      part_of_word();
    }
  }

  void part_of_word() {
    const char c = next();
    if (c == '\'') {
      const std::size_t end = std::min(text_.find('\'', at_ + 1), text_.size());
      append(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
    } else if (c == '"') {
      double_quoted();
    } else if (c == '\\') {
      append(text_.substr(std::min(at_ + 1, text_.size()), 1));
      at_ += 2;
    } else if (c == '$' || c == '`') {
      expansion();
    } else {
      append(text_.substr(at_, 1));
      ++at_;
    }
  }

  void double_quoted() {
    ++at_;
    while (at_ < text_.size() && next() != '"') {
      if (next() == '\\' && std::string_view("$`\"\\\n").find(next(1)) != std::string_view::npos) {
        append(next(1) == '\n' ? std::string_view() : text_.substr(at_ + 1, 1));
        at_ += 2;
      } else if (next() == '$' || next() == '`') {
        expansion();
      } else {
        append(text_.substr(at_, 1));
        ++at_;
      }
    }
    ++at_;
  }

  /// At `$` or a backquote.
  void expansion() {
    if (next() == '`') {
      const std::size_t end = std::min(text_.find('`', at_ + 1), text_.size());
      nested(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
    } else if (next(1) == '(') {
      const std::size_t end = closing(at_ + 1);
      nested(text_.substr(at_ + 2, end - at_ - 2));
      at_ = end + 1;
    } else if (next(1) == '{') {
      const std::size_t end = std::min(text_.find('}', at_), text_.size());
      append(parameter(text_.substr(at_ + 2, end - at_ - 2)));
      at_ = end + 1;
    } else {
      std::size_t end = at_ + 1;
      while (end < text_.size() && is_name_char(text_[end])) {
        ++end;
      }
      append(value_of(text_.substr(at_ + 1, end - at_ - 1)).value_or("$"));
      at_ = std::max(end, at_ + 1);
    }
  }

  /// The `)` that belongs to the `(` here, as far as quotes let it be seen.
  std::size_t closing(std::size_t open) const {
    int depth = 0;
    char quote = '\0';
    for (std::size_t i = open; i < text_.size(); ++i) {
      const char c = text_[i];
      if (quote != '\0') {
        quote = c == quote ? '\0' : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        return i;
      }
    }
    return text_.size();
  }

  void nested(std::string_view script) {
    if (depth_ < kMaxDepth) {
      Reader(script, variables_, output_, depth_ + 1).read();
    }
    append("$");
  }

  std::optional<std::string> value_of(std::string_view name) const {
    if (const auto assigned = variables_.find(name); assigned != variables_.end()) {
      return assigned->second;
    }
    const auto known = output_.known.find(name);
    return known == output_.known.end() ? std::nullopt : std::optional(known->second);
  }

  /// `NAME`, `NAME:-default`; others change the value in ways that are not followed.
  std::string parameter(std::string_view inside) const {
    const auto end = std::find_if_not(inside.begin(), inside.end(), is_name_char);
    const std::string_view name = inside.substr(0, static_cast<std::size_t>(end - inside.begin()));
    const std::string_view rest = inside.substr(name.size());
    const std::optional<std::string> value = value_of(name);
    if (rest.empty()) {
      return value.value_or("$");
    }
    for (const std::string_view with : {":-", ":=", "-", "="}) {
      if (rest.starts_with(with)) {
        const std::string_view fallback = rest.substr(with.size());
        return value && !value->empty()                       ? *value
               : fallback.find('$') == std::string_view::npos ? std::string(fallback)
                                                              : std::string("$");
      }
    }
    return "$";
  }

  void append(std::string_view text) {
    if (word_.size() + text.size() <= kMaxWordBytes) {
      word_ += text;
      output_.bytes += text.size();
    }
  }

  void end_word() {
    if (in_word_ && words_.size() < kMaxWords) {
      words_.push_back(std::move(word_));
    }
    word_.clear();
    in_word_ = false;
  }

  void end_command() {
    end_word();
    take(std::move(words_));
    words_.clear();
  }

  /// `>file`, `2>&1`, `<<EOF`: what they name is no argument.
  void redirection() {
    const bool is_descriptor = !word_.empty() && word_.find_first_not_of("0123456789") == std::string::npos;
    if (is_descriptor) {
      word_.clear();
      in_word_ = false;
    }
    end_word();
    const bool is_document = text_.substr(at_).starts_with("<<") && !text_.substr(at_).starts_with("<<<");
    at_ = std::min(text_.find_first_not_of("<>&|-", at_), text_.size());
    at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
    const std::size_t end = std::min(text_.find_first_of(" \t\n;&|()<>", at_), text_.size());
    if (is_document) {
      std::string name(text_.substr(at_, end - at_));
      std::erase_if(name, [](char c) { return c == '\'' || c == '"' || c == '\\'; });
      documents_.push_back(std::move(name));
      at_ = end;
    } else if (next() == '$' && next(1) == '(') {
      expansion();
      word_.clear();
    } else {
      at_ = end;
    }
  }

  void skip_documents() {
    for (const std::string& name : documents_) {
      while (at_ < text_.size()) {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, end - at_);
        line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        at_ = std::min(end + 1, text_.size());
        if (line == name) {
          break;
        }
      }
    }
    documents_.clear();
  }

  void assign(std::string_view word) {
    const std::size_t name = assigned_name(word);
    const std::string_view value = word.substr(name + 1);
    if (variables_.size() < kMaxAssigned) {
      const bool is_known = value.size() <= kMaxValueBytes && value.find('$') == std::string_view::npos;
      variables_.insert_or_assign(std::string(word.substr(0, name)),
                                  is_known ? std::optional(std::string(value)) : std::nullopt);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool in_word_ = false;
  ShellCommand words_;
  std::vector<std::string> documents_;  ///< names of here-documents that begin after this line
  Assigned& variables_;
  Output& output_;
  int depth_;
};

void Reader::take(ShellCommand words) {
  while (!words.empty() && is_reserved(words.front())) {
    words.erase(words.begin());
  }
  static constexpr std::array<std::string_view, 5> kDeclare = {"export", "local", "readonly", "declare",
                                                               "typeset"};
  const bool declares = !words.empty() && is_in(kDeclare, words.front());
  while (!words.empty() && (declares || assigned_name(words.front()) > 0)) {
    if (assigned_name(words.front()) > 0) {
      assign(words.front());
    }
    words.erase(words.begin());
  }
  if (words.size() > 3 && words[0] == "for" && words[2] == "in") {
    assign(words[1] + "=" + words[3]);  // any of them tells what is done with the others
    return;
  }
  while (!words.empty() && wrapper_words(words) > 0) {
    const auto taken = static_cast<std::ptrdiff_t>(std::min(wrapper_words(words), words.size()));
    words.erase(words.begin(), words.begin() + taken);
  }
  if (words.empty() || (words[0] == "command" && words.size() > 1 && words[1].starts_with('-'))) {
    return;
  }
  if (words[0] == "command" || words[0] == "busybox") {
    if (const auto script = script_of(words); !script) {
      words.erase(words.begin());
      return words.empty() ? void() : take(std::move(words));
    }
  }
  if (const std::optional<std::string> script = script_of(words)) {
    if (depth_ < kMaxDepth) {
      Assigned inner = variables_;
      Reader(*script, inner, output_, depth_ + 1).read();
    }
    return;
  }
  if (!output_.is_full()) {
    output_.commands.push_back(std::move(words));
  }
}

}  // namespace

std::string_view program_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::vector<ShellCommand> shell_commands(std::string_view script, const Variables& known) {
  Output output{.known = known};
  Assigned variables;
  Reader(script, variables, output, 0).read();
  return std::move(output.commands);
}

std::vector<ShellCommand> commands_of(const ShellCommand& argv, const Variables& known) {
  Output output{.known = known};
  Assigned variables;
  Reader("", variables, output, 0)
      .take({argv.begin(), argv.begin() + static_cast<std::ptrdiff_t>(std::min(argv.size(), kMaxWords))});
  return std::move(output.commands);
}

}  // namespace bundle::images
