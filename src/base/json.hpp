#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace bundle::json {

class Value;
using Array = std::vector<Value>;
using Object = std::map<std::string,
                        Value>;  // sorted bytewise: equals RFC 8785's order for the ASCII keys that we write

/// A JSON document as plain data. Numbers are 64-bit integers where they are written so, else doubles.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  /// At most 2^63 - 1; more is a bug.
  Value(std::uint64_t value) : data_(checked(value)) {}
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* if_double() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  /// The member with this key, or null when absent or this is no object.
  const Value* find(std::string_view key) const;
  bool operator==(const Value&) const = default;

 private:
  static std::int64_t checked(std::uint64_t value);

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// Parses UTF-8 text. `name` (a path or URL) goes into the errors, which are `kind` with line and column.
/// Refuses duplicate keys, nesting over 200 levels, broken UTF-8 and anything after the value.
Value parse(std::string_view text, const std::string& name, ErrorKind kind = ErrorKind::integrity);

/// RFC 8785: no white space, sorted keys, integers only (a double is a bug). A byte of a text that is not
/// UTF-8 is written as `\xfc`, here and below: a document with the byte itself could be read by nobody.
std::string canonical(const Value& value);
/// Two-space indent, sorted keys, final newline: for files that people diff and for `-o json`.
std::string pretty(const Value& value);

/// Lenient reading of what other programs print and of our own records: the member of an object, or an empty
/// text, false, 0, no texts when it is absent or of another type.
std::string text_at(const Value& object, std::string_view key);
bool flag_at(const Value& object, std::string_view key);
std::int64_t number_at(const Value& object, std::string_view key);
std::vector<std::string> texts_at(const Value& object, std::string_view key);
/// Likewise a member of any type (null when absent), and an array (empty).
const Value& member_at(const Value& object, std::string_view key);
const Array& rows_at(const Value& object, std::string_view key);

/// Strict reading of one of our own objects: typed members, and `done()` refuses those that nobody asked for.
/// Errors are `kind` and name the document and the path inside (`entries[3].size`).
class Reader {
 public:
  Reader(const Value& value, std::string where, ErrorKind kind = ErrorKind::integrity);
  const std::string& string(std::string_view key);
  std::string string_or(std::string_view key, std::string_view fallback);
  /// Not negative.
  std::uint64_t number(std::string_view key);
  /// Of either sign.
  std::int64_t integer(std::string_view key);
  bool boolean_or(std::string_view key, bool fallback);
  const Array& array(std::string_view key);
  /// Empty when absent.
  const Array& array_or_empty(std::string_view key);
  std::vector<std::string> strings(std::string_view key);
  std::vector<std::string> strings_or_empty(std::string_view key);
  const Value& member(std::string_view key);
  const Value* member_or_null(std::string_view key);
  void done() const;
  const std::string& where() const { return where_; }
  [[noreturn]] void fail_at(std::string_view key, std::string_view message) const;

 private:
  std::vector<std::string> as_strings(std::string_view key, const Array& array) const;

  const Object* object_;
  std::string where_;
  ErrorKind kind_;
  std::vector<std::string> asked_;
};

}  // namespace bundle::json
