#include <algorithm>

#include "base/json.hpp"
#include "base/suggest.hpp"
#include "base/utf8.hpp"

namespace bundle::json {

Reader::Reader(const Value& value, std::string where, ErrorKind kind)
    : object_(value.if_object()), where_(std::move(where)), kind_(kind) {
  if (object_ == nullptr) {
    fail(kind_, "{}: expected an object", where_);
  }
}

void Reader::fail_at(std::string_view key, std::string_view message) const {
  fail(kind_, "{}.{}: {}", where_, key, message);
}

const Value* Reader::member_or_null(std::string_view key) {
  asked_.emplace_back(key);
  const auto it = object_->find(std::string(key));
  return it == object_->end() ? nullptr : &it->second;
}

const Value& Reader::member(std::string_view key) {
  const Value* value = member_or_null(key);
  if (value == nullptr) {
    fail_at(key, "is missing");
  }
  return *value;
}

const std::string& Reader::string(std::string_view key) {
  const std::string* text = member(key).if_string();
  if (text == nullptr) {
    fail_at(key, "expected a string");
  }
  return *text;
}

std::string Reader::string_or(std::string_view key, std::string_view fallback) {
  const Value* value = member_or_null(key);
  if (value == nullptr) {
    return std::string(fallback);
  }
  const std::string* text = value->if_string();
  if (text == nullptr) {
    fail_at(key, "expected a string");
  }
  return *text;
}

std::uint64_t Reader::number(std::string_view key) {
  const std::int64_t* number = member(key).if_integer();
  if (number == nullptr || *number < 0) {
    fail_at(key, "expected a whole number of at least 0");
  }
  return static_cast<std::uint64_t>(*number);
}

std::int64_t Reader::integer(std::string_view key) {
  const std::int64_t* number = member(key).if_integer();
  if (number == nullptr) {
    fail_at(key, "expected a whole number");
  }
  return *number;
}

bool Reader::boolean_or(std::string_view key, bool fallback) {
  const Value* value = member_or_null(key);
  if (value == nullptr) {
    return fallback;
  }
  const bool* flag = value->if_bool();
  if (flag == nullptr) {
    fail_at(key, "expected true or false");
  }
  return *flag;
}

const Array& Reader::array(std::string_view key) {
  const Array* array = member(key).if_array();
  if (array == nullptr) {
    fail_at(key, "expected a list");
  }
  return *array;
}

const Array& Reader::array_or_empty(std::string_view key) {
  static const Array kEmpty;
  const Value* value = member_or_null(key);
  if (value == nullptr) {
    return kEmpty;
  }
  const Array* array = value->if_array();
  if (array == nullptr) {
    fail_at(key, "expected a list");
  }
  return *array;
}

std::vector<std::string> Reader::strings(std::string_view key) { return as_strings(key, array(key)); }
std::vector<std::string> Reader::strings_or_empty(std::string_view key) {
  return as_strings(key, array_or_empty(key));
}

std::vector<std::string> Reader::as_strings(std::string_view key, const Array& array) const {
  std::vector<std::string> texts;
  for (const Value& value : array) {
    const std::string* text = value.if_string();
    if (text == nullptr) {
      fail_at(key, "expected a list of strings");
    }
    texts.push_back(*text);
  }
  return texts;
}

void Reader::done() const {
  for (const auto& [key, value] : *object_) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      throw Error(kind_, fmt::format("{}: unknown key '{}'", where_, first_bytes(key, 100)),
                  did_you_mean(key, asked_));
    }
  }
}

}  // namespace bundle::json
