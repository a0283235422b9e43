#include "base/json.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/suggest.hpp"
#include "base/utf8.hpp"

namespace bundle::json {
namespace {

Position position_of(std::string_view text, std::size_t byte, const std::string& name) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {.file = name,
          .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = static_cast<int>(before.size() - line_start) + 1};
}

/// Walks over the text and lets `reached` know how far the parser has read: its events carry no position.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  TrackingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  TrackingIterator operator++(int) {
    const TrackingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// Builds our Value from nlohmann's SAX events, so that duplicate keys and depth are seen.
class Builder {
 public:
  static constexpr std::size_t kMaxDepth = 200;
  static constexpr std::size_t kMaxQuoted = 100;

  Builder(std::string_view text, const std::string& name, ErrorKind kind)
      : text_(text), name_(name), kind_(kind), reached_(text.data()) {}

  TrackingIterator begin() { return {text_.data(), &reached_}; }
  TrackingIterator end() { return {text_.data() + text_.size(), &reached_}; }

  bool null() { return put(Value()); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) {
      return put(static_cast<double>(value));
    }
    return put(value);
  }
  bool number_float(double value, const std::string& /*text*/) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(std::vector<std::uint8_t>& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(Object()); }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*size*/) { return open(Array()); }
  bool end_array() { return close(); }
  bool key(std::string& key) {
    const Object& object = *stack_.back().value.if_object();
    if (object.contains(key)) {
      throw Error(kind_, reached(),
                  fmt::format("the key '{}' stands twice in one object", first_bytes(key, kMaxQuoted)));
    }
    stack_.back().key = std::move(key);
    return true;
  }
  bool parse_error(std::size_t byte, const std::string& /*token*/, const nlohmann::detail::exception& error) {
    std::string_view what = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong; last read: …", or
    // "[json.exception.out_of_range.406] number overflow parsing …"
    what.remove_prefix(std::min(what.find("] ") + 2, what.size()));
    if (what.starts_with("parse error at ")) {
      what.remove_prefix(std::min(what.find(": ") + 2, what.size()));
    }
    throw Error(kind_, position_of(text_, byte == 0 ? 0 : byte - 1, name_),
                fmt::format("this is not JSON: {}", first_bytes(what, 2 * kMaxQuoted)));
  }

  Value take() { return std::move(root_); }

 private:
  struct Level {
    Value value;
    std::string key;  // of the member that comes next, in an object
  };

  Position reached() const {
    return position_of(text_, static_cast<std::size_t>(reached_ - text_.data()) - 1, name_);
  }

  bool open(Value value) {
    if (stack_.size() >= kMaxDepth) {
      throw Error(kind_, reached(), fmt::format("JSON nests deeper than {} levels", kMaxDepth));
    }
    stack_.push_back({std::move(value), {}});
    return true;
  }
  bool close() {
    Value value = std::move(stack_.back().value);
    stack_.pop_back();
    return put(std::move(value));
  }
  bool put(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (Array* array = stack_.back().value.if_array()) {
      array->push_back(std::move(value));
    } else {
      stack_.back().value.if_object()->emplace(std::move(stack_.back().key), std::move(value));
    }
    return true;
  }

  std::string_view text_;
  const std::string& name_;
  ErrorKind kind_;
  const char* reached_;  // one past the last character that was read
  std::vector<Level> stack_;
  Value root_;
};

void write_string(std::string& out, std::string_view given) {
  out += '"';
  const bool is_clean = is_utf8(given);
  const std::string cleaned = is_clean ? std::string() : clean_utf8(given);
  const std::string_view text = is_clean ? given : cleaned;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

/// Indent below 0 writes no white space at all.
void write(std::string& out, const Value& value, int indent) {
  const auto newline = [&](int depth) {
    if (indent >= 0) {
      out += '\n';
      out.append(static_cast<std::size_t>(depth) * 2, ' ');
    }
  };
  const int inner = indent < 0 ? indent : indent + 1;
  if (const bool* flag = value.if_bool()) {
    out += *flag ? "true" : "false";
  } else if (const std::int64_t* number = value.if_integer()) {
    out += std::to_string(*number);
  } else if (const double* real = value.if_double()) {
    if (indent < 0) {
      fail(ErrorKind::bug, "a canonical document holds integers only, not {}", *real);
    }
    out += fmt::format("{}", *real);
  } else if (const std::string* text = value.if_string()) {
    write_string(out, *text);
  } else if (const Array* array = value.if_array()) {
    out += '[';
    for (const Value& item : *array) {
      out += &item == array->data() ? "" : ",";
      newline(inner);
      write(out, item, inner);
    }
    if (!array->empty()) {
      newline(indent);
    }
    out += ']';
  } else if (const Object* object = value.if_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : *object) {
      out += first ? "" : ",";
      first = false;
      newline(inner);
      write_string(out, key);
      out += indent < 0 ? ":" : ": ";
      write(out, member, inner);
    }
    if (!object->empty()) {
      newline(indent);
    }
    out += '}';
  } else {
    out += "null";
  }
}

}  // namespace

std::int64_t Value::checked(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(INT64_MAX)) {
    fail(ErrorKind::bug, "the number {} is too large for our JSON", value);
  }
  return static_cast<std::int64_t>(value);
}

const Value* Value::find(std::string_view key) const {
  const Object* object = if_object();
  if (object == nullptr) {
    return nullptr;
  }
  const auto it = object->find(std::string(key));
  return it == object->end() ? nullptr : &it->second;
}

std::string text_at(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  const std::string* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : *text;
}

bool flag_at(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  const bool* flag = found == nullptr ? nullptr : found->if_bool();
  return flag != nullptr && *flag;
}

std::int64_t number_at(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  const std::int64_t* number = found == nullptr ? nullptr : found->if_integer();
  return number == nullptr ? 0 : *number;
}

std::vector<std::string> texts_at(const Value& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const Value& item : rows_at(object, key)) {
    if (item.if_string() != nullptr) {
      texts.push_back(*item.if_string());
    }
  }
  return texts;
}

const Value& member_at(const Value& object, std::string_view key) {
  static const Value kNone;
  const Value* found = object.find(key);
  return found == nullptr ? kNone : *found;
}

const Array& rows_at(const Value& object, std::string_view key) {
  static const Array kNone;
  const Array* rows = member_at(object, key).if_array();
  return rows == nullptr ? kNone : *rows;
}

Value parse(std::string_view text, const std::string& name, ErrorKind kind) {
  // A NUL is where nlohmann's lexer believes that the text ends.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw Error(kind, position_of(text, nul, name), "this is not JSON: it holds a NUL byte");
  }
  Builder builder(text, name, kind);
  nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder);
  return builder.take();
}

std::string canonical(const Value& value) {
  std::string out;
  write(out, value, -1);
  return out;
}

std::string pretty(const Value& value) {
  std::string out;
  write(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace bundle::json
