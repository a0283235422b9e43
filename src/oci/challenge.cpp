#include "oci/challenge.hpp"

#include "base/text.hpp"

namespace bundle::oci {
namespace {

/// A cursor over the header's text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool is_at_end() const { return at_ >= text_.size(); }
  void skip(std::string_view characters) {
    at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
  }
  bool take(char c) {
    const bool is_there = !is_at_end() && text_[at_] == c;
    at_ += is_there ? 1 : 0;
    return is_there;
  }
  std::string token() {
    const std::size_t end = std::min(text_.find_first_of(" \t,=\"", at_), text_.size());
    std::string token(text_.substr(at_, end - at_));
    at_ = end;
    return token;
  }
  /// A quoted string or a token.
  std::string value() {
    if (!take('"')) {
      return token();
    }
    std::string value;
    while (!is_at_end() && !take('"')) {
      take('\\');
      if (!is_at_end()) {
        value += text_[at_++];
      }
    }
    return value;
  }
  void drop() { ++at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header);
  for (scanner.skip(" \t,"); !scanner.is_at_end(); scanner.skip(" \t,")) {
    const std::string word = lower(scanner.token());
    scanner.skip(" \t");
    if (scanner.take('=')) {
      scanner.skip(" \t");
      const std::string value = scanner.value();
      if (!challenges.empty()) {
        challenges.back().parameters[word] = value;
      }
    } else if (!word.empty()) {
      challenges.push_back({.scheme = word});
    } else {
      scanner.drop();
    }
  }
  return challenges;
}

}  // namespace bundle::oci
