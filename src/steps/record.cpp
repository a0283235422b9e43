#include "steps/record.hpp"

#include <utility>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/utf8.hpp"

namespace bundle::steps {
namespace {

constexpr std::size_t kChecksumDigits = 16;
/// Before the base64 of a text that JSON cannot hold, or that begins with this itself.
constexpr std::string_view kBytes = "bytes:";
/// What a program says may be long; the step's log has all of it.
constexpr std::size_t kErrorBytes = 16 << 10;
constexpr std::size_t kErrorHeadBytes = 4 << 10;
constexpr std::string_view kErrorGap = "\n[…]\n";

/// The value with `change` done to each of its texts, keys as well.
template <class Change>
json::Value with_texts(const json::Value& value, const Change& change) {
  if (const std::string* text = value.if_string()) {
    return change(*text);
  }
  if (const json::Array* array = value.if_array()) {
    json::Array made;
    for (const json::Value& item : *array) {
      made.push_back(with_texts(item, change));
    }
    return made;
  }
  if (const json::Object* object = value.if_object()) {
    json::Object made;
    for (const auto& [key, member] : *object) {
      made.insert_or_assign(change(key), with_texts(member, change));
    }
    return made;
  }
  return value;
}

std::string to_text(const std::string& bytes) {
  const bool needs_none = is_utf8(bytes) && !bytes.starts_with(kBytes);
  return needs_none ? bytes : std::string(kBytes) + base64_encode(bytes);
}

std::string to_bytes(const std::string& text) {
  if (!text.starts_with(kBytes)) {
    return text;
  }
  return base64_decode(std::string_view(text).substr(kBytes.size())).value_or(text);
}

/// Each byte as the code point of that number, which has two bytes from U+0080 on; and back.
std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

std::string to_latin1(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size()) {
      bytes += text[i];
    } else {
      bytes += static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
  }
  return bytes;
}

std::string for_people(const std::string& error) {
  std::string clean = clean_utf8(error);
  if (clean.size() <= kErrorBytes) {
    return clean;
  }
  return fmt::format("{}{}{}", first_bytes(clean, kErrorHeadBytes), kErrorGap,
                     last_bytes(clean, kErrorBytes - kErrorHeadBytes - kErrorGap.size()));
}

json::Array to_array(const std::vector<Change>& changes) {
  json::Array rows;
  for (const Change& change : changes) {
    rows.push_back(json::Object{{"before", change.before}, {"key", change.key}, {"type", change.type}});
  }
  return rows;
}

json::Object to_object(const Record& record) {
  json::Object object{{"at", record.at}, {"event", record.event}};
  if (record.event == "install") {
    object.insert({{"bundle", record.install.bundle},
                   {"version", record.install.version},
                   {"index", record.install.index_sha256},
                   {"roles", record.install.roles},
                   {"node", record.install.node}});
    return object;
  }
  object["step"] = record.step;
  if (record.event == "begin") {
    object["inputs"] = record.inputs;
    object["changes"] = to_array(record.changes);
    if (record.needs) {
      object["needs"] = json::Array(record.needs->begin(), record.needs->end());
    }
  } else if (record.event == "mark") {
    object["what"] = record.what;
  } else if (record.event == "done") {
    object["seconds"] = record.seconds;
  } else if (record.event == "failed") {
    object["error"] = for_people(record.error);
  }
  return object;
}

std::vector<Change> parse_changes(json::Reader& record) {
  std::vector<Change> changes;
  for (const json::Value& row : record.array("changes")) {
    json::Reader reader(row, record.where());
    Change change{.type = reader.string("type"), .key = reader.string("key")};
    const json::Value& before = reader.member("before");
    if (before.if_object() == nullptr) {
      reader.fail_at("before", "is not an object");
    }
    change.before = *before.if_object();
    reader.done();
    changes.push_back(std::move(change));
  }
  return changes;
}

json::Value parse_payload(std::string_view payload, const std::string& where) {
  if (is_utf8(payload)) {
    return with_texts(json::parse(payload, where), to_bytes);
  }
  return with_texts(json::parse(from_latin1(payload), where), to_latin1);
}

InstallRecord parse_install(json::Reader& reader) {
  return {.bundle = reader.string("bundle"),
          .version = reader.string("version"),
          .index_sha256 = reader.string("index"),
          .roles = reader.string("roles"),
          .node = reader.string("node")};
}

void parse_step(json::Reader& reader, Record& record) {
  record.step = reader.string("step");
  if (record.event == "begin") {
    record.inputs = reader.string("inputs");
    record.changes = parse_changes(reader);
    if (reader.member_or_null("needs") != nullptr) {
      record.needs = reader.strings("needs");
    }
  } else if (record.event == "mark") {
    record.what = reader.member("what");
  } else if (record.event == "done") {
    record.seconds = reader.integer("seconds");
  } else if (record.event == "failed") {
    record.error = reader.string("error");
  } else if (record.event != "undoing" && record.event != "undone") {
    reader.fail_at("event", fmt::format("'{}' is unknown to this version", record.event));
  }
}

}  // namespace

std::string to_json(const Record& record) { return json::canonical(with_texts(to_object(record), to_text)); }

std::string to_line(std::string_view json) {
  return sha256_hex(json).substr(0, kChecksumDigits) + " " + std::string(json) + "\n";
}

std::optional<std::string_view> payload_of(std::string_view line) {
  if (line.size() < kChecksumDigits + 1 || line[kChecksumDigits] != ' ') {
    return std::nullopt;
  }
  const std::string_view text = line.substr(kChecksumDigits + 1);
  if (sha256_hex(text).compare(0, kChecksumDigits, line.substr(0, kChecksumDigits)) != 0) {
    return std::nullopt;
  }
  return text;
}

Record parse_record(std::string_view payload, const std::string& where) {
  const json::Value value = parse_payload(payload, where);
  json::Reader reader(value, where);
  Record record{.event = reader.string("event"), .at = reader.integer("at")};
  if (record.event == "install") {
    record.install = parse_install(reader);
  } else {
    parse_step(reader, record);
  }
  reader.done();
  return record;
}

}  // namespace bundle::steps
