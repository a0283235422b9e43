#include "base/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace bundle {
namespace {

constexpr std::size_t kMaxCodePointBytes = 4;

/// What may begin a code point of several bytes, and which second bytes it has; all later ones are 80 to bf.
struct Lead {
  unsigned char first;
  unsigned char last;
  std::size_t size;
  unsigned char second_from;
  unsigned char second_to;
};
constexpr std::array<Lead, 8> kLeads{{{0xc2, 0xdf, 2, 0x80, 0xbf},
                                      {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                      {0xe1, 0xec, 3, 0x80, 0xbf},
                                      {0xed, 0xed, 3, 0x80, 0x9f},
                                      {0xee, 0xef, 3, 0x80, 0xbf},
                                      {0xf0, 0xf0, 4, 0x90, 0xbf},
                                      {0xf1, 0xf3, 4, 0x80, 0xbf},
                                      {0xf4, 0xf4, 4, 0x80, 0x8f}}};

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// Where the code point begins that lies across `at`; `at` itself when none does.
std::size_t start_of_character(std::string_view text, std::size_t at) {
  for (std::size_t back = 1; back < kMaxCodePointBytes && back <= at && is_continuation(byte_at(text, at));
       ++back) {
    if (code_point_size(text.substr(at - back)) > back) {
      return at - back;
    }
  }
  return at;
}

}  // namespace

std::size_t code_point_size(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  const unsigned char first = byte_at(text, 0);
  if (first < 0x80) {
    return 1;
  }
  const auto* const lead = std::find_if(
      kLeads.begin(), kLeads.end(), [&](const Lead& row) { return first >= row.first && first <= row.last; });
  if (lead == kLeads.end() || text.size() < lead->size || byte_at(text, 1) < lead->second_from ||
      byte_at(text, 1) > lead->second_to) {
    return 0;
  }
  for (std::size_t i = 2; i < lead->size; ++i) {
    if (!is_continuation(byte_at(text, i))) {
      return 0;
    }
  }
  return lead->size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = code_point_size(text);
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

std::string clean_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = code_point_size(text);
    if (size == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(text, 0));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string_view first_bytes(std::string_view text, std::size_t max_bytes) {
  return text.size() <= max_bytes ? text : text.substr(0, start_of_character(text, max_bytes));
}

std::string_view last_bytes(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) {
    return text;
  }
  std::size_t begin = text.size() - max_bytes;
  if (const std::size_t start = start_of_character(text, begin); start < begin) {
    begin = start + code_point_size(text.substr(start));
  }
  return text.substr(begin);
}

}  // namespace bundle
