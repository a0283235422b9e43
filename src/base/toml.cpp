#include "base/toml.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::toml {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool is_bare(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string key_text(std::string_view key) { return is_bare(key) ? std::string(key) : quoted(key); }

std::string value_text(const json::Value& value) {
  if (const std::string* text = value.if_string()) {
    return quoted(*text);
  }
  if (const bool* flag = value.if_bool()) {
    return *flag ? "true" : "false";
  }
  if (const std::int64_t* number = value.if_integer()) {
    return fmt::format("{}", *number);
  }
  if (const json::Array* items = value.if_array()) {
    std::string out = "[";
    for (const json::Value& item : *items) {
      out += (out.size() > 1 ? ", " : "") + value_text(item);
    }
    return out + "]";
  }
  fail(ErrorKind::bug, "TOML has no such value");
}

void write_table(const json::Object& table, const std::string& name, std::string& out) {
  const bool has_values = std::any_of(table.begin(), table.end(),
                                      [](const auto& row) { return row.second.if_object() == nullptr; });
  if (!name.empty() && (has_values || table.empty())) {
    out += fmt::format("\n[{}]\n", name);
  }
  for (const auto& [key, value] : table) {
    if (value.if_object() == nullptr) {
      out += fmt::format("{} = {}\n", key_text(key), value_text(value));
    }
  }
  for (const auto& [key, value] : table) {
    if (const json::Object* inner = value.if_object()) {
      write_table(*inner, name.empty() ? key_text(key) : name + "." + key_text(key), out);
    }
  }
}

}  // namespace

std::string document(const json::Object& root) {
  std::string out;
  write_table(root, "", out);
  return out;
}

}  // namespace bundle::toml
