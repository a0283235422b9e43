#include "base/text.hpp"

#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iterator>
#include <limits>

#include "base/utf8.hpp"

namespace bundle {
namespace {

constexpr std::string_view kBlank = " \t\r\n\v\f";

/// Of the C0 and C1 sets, but for newline and tab. U+009B begins a terminal's command as ESC [ does.
bool is_control(std::string_view code_point) {
  const auto first = static_cast<unsigned char>(code_point[0]);
  if (code_point.size() == 1) {
    return (first < ' ' && first != '\n' && first != '\t') || first == 0x7f;
  }
  return first == 0xc2 && static_cast<unsigned char>(code_point[1]) < 0xa0;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) {
      text += separator;
    }
    text += part;
  }
  return text;
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), std::string(name).c_str(), 0) == 0;
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    const std::size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) {
      return out;
    }
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = code_point_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (size == 0 || is_control(character)) {
      for (const char c : character) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string escaped(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = c >= ' ' && c < 0x7f;
    const std::size_t written = is_plain ? 1 : 4;
    if (written > max_bytes - out.size()) {
      return out + "...";
    }
    if (is_plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  text = trim(text);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::optional<std::uint64_t> value = parse_unsigned(text.substr(0, digits));
  const std::string suffix = lower(trim(text.substr(digits)));
  if (!value) {
    return std::nullopt;
  }
  std::uint64_t factor = 1;
  if (!suffix.empty() && suffix != "b") {
    const std::size_t power = std::string_view("kmgt").find(suffix[0]);
    const std::string_view unit = std::string_view(suffix).substr(1);
    if (power == std::string_view::npos || (!unit.empty() && unit != "b" && unit != "ib")) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i <= power; ++i) {
      factor *= unit == "b" ? 1000 : 1024;
    }
  }
  if (*value > std::numeric_limits<std::uint64_t>::max() / factor) {
    return std::nullopt;
  }
  return *value * factor;
}

std::string format_size(std::uint64_t size_bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(size_bytes);
  std::size_t unit = 0;
  constexpr double kRoundsTo1024 = 1023.95;
  while (value >= kRoundsTo1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", size_bytes) : fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

std::string format_count(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += ',';
    }
    text += digits[i];
  }
  return text;
}

std::string count_words(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_utc(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) {
    return fmt::format("@{}", seconds);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", std::int64_t{parts.tm_year} + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<std::int64_t> parse_utc(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t length) -> int {
    return static_cast<int>(parse_unsigned(text.substr(at, length)).value_or(9999));
  };
  if (text.size() != 20) {
    return std::nullopt;
  }
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(5, 2) - 1;
  parts.tm_mday = number(8, 2);
  parts.tm_hour = number(11, 2);
  parts.tm_min = number(14, 2);
  parts.tm_sec = number(17, 2);
  const std::int64_t seconds = timegm(&parts);
  if (format_utc(seconds) != text) {  // normalised, so any field out of range differs
    return std::nullopt;
  }
  return seconds;
}

}  // namespace bundle
