#include "images/embedded.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "images/text.hpp"
#include "spec/reference.hpp"

namespace bundle::images {
namespace {

constexpr std::size_t kMaxEmbeddedBytes = 8u << 20;

std::optional<unsigned> base64_value(char c) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

/// RFC 4648 section 4; nothing for what is not base64 or not text.
std::optional<std::string> decode_text(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') {
      continue;
    }
    const std::optional<unsigned> value = base64_value(c);
    if (!value) {
      return std::nullopt;
    }
    bits = ((bits << 6) | *value) & 0xffffffu;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffu);
    }
  }
  const bool is_text = std::none_of(out.begin(), out.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
  });
  return is_text ? std::optional(std::move(out)) : std::nullopt;
}

std::string_view without_quotes(std::string_view text) {
  while (!text.empty() && std::string_view("\"',;").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  while (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    text.remove_prefix(1);
  }
  return text;
}

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with("//"); }

void add_unique(std::string text, std::vector<std::string>& all) {
  if (std::find(all.begin(), all.end(), text) == all.end()) {
    all.push_back(std::move(text));
  }
}

/// `[runners.kubernetes]` of TOML and INI files: what follows is about containers, so `image = "alpine"` is
/// one.
bool is_section_of_containers(std::string_view line) {
  const std::string name = lower(line);
  return name.find("kubernetes") != std::string::npos || name.find("docker") != std::string::npos ||
         name.find("container") != std::string::npos;
}

/// `<image>x</image>` as `image=x`; other lines as they are.
std::string without_element(std::string_view line) {
  const std::size_t end = line.find('>');
  const std::size_t close = line.rfind("</");
  const bool is_element = line.starts_with('<') && end != std::string_view::npos &&
                          close != std::string_view::npos && close > end;
  return is_element ? fmt::format("{}={}", line.substr(1, end - 1), line.substr(end + 1, close - end - 1))
                    : std::string(line);
}

/// `image: x`, `- image: x`, `helper_image = "x"`.
void read_assignment(std::string_view line, bool takes_word, TextImages& images) {
  while (line.starts_with('-')) {
    line = trim(line.substr(1));
  }
  const std::size_t at = line.find_first_of(":=");
  const std::string_view key = without_quotes(trim(line.substr(0, at)));
  if (at == std::string_view::npos || classify_key(key).role != KeyRole::image) {
    return;
  }
  std::string_view value = trim(line.substr(at + 1));
  const bool is_quoted = value.starts_with('"') || value.starts_with('\'');
  value = without_quotes(trim(value.substr(0, value.find(" #"))));
  if (value.find("{{") != std::string_view::npos) {
    images.has_template = true;
  } else if (is_strict_reference(value) ||
             (takes_word && is_quoted && key == "image" && spec::parse_reference(value).has_value())) {
    add_unique(std::string(value), images.found);
  }
}

}  // namespace

bool parse_embedded(std::string_view text, std::vector<yaml::Node>& documents) {
  if (text.size() > kMaxEmbeddedBytes) {
    return false;
  }
  try {
    documents = yaml::parse_all(text, "embedded text", ErrorKind::integrity, yaml::DuplicateKeys::keep_all);
  } catch (const Error&) {
    return false;  // a template, a script, TOML: read as text then
  }
  const bool has_structure = std::any_of(documents.begin(), documents.end(), [](const yaml::Node& node) {
    return node.is_mapping() || node.is_sequence();
  });
  const bool has_prose = std::any_of(documents.begin(), documents.end(),
                                     [](const yaml::Node& node) { return node.is_scalar(); });
  return has_structure && !has_prose;
}

TextImages images_in_text(std::string_view text) {
  TextImages images;
  bool is_about_containers = false;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty() || is_comment(line)) {
      continue;
    }
    if (line.starts_with('[') && line.ends_with(']')) {
      is_about_containers = is_section_of_containers(line);
    }
    read_assignment(without_element(line), is_about_containers, images);
    for (std::string& word : full_references_in(line)) {
      add_unique(std::move(word), images.found);
    }
  }
  return images;
}

yaml::Node decode_values(const yaml::Node& data) {
  yaml::Node made{.kind = yaml::Kind::mapping, .line = data.line, .column = data.column};
  for (const auto& [key, value] : data.members) {
    if (std::optional<std::string> text = decode_text(value.text); value.is_scalar() && text) {
      made.members.emplace_back(
          key, yaml::Node{.kind = yaml::Kind::scalar, .text = *std::move(text), .quoted = true});
    }
  }
  return made;
}

}  // namespace bundle::images
