#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle {

std::string_view trim(std::string_view text);
/// Parts between `separator`; an empty text gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Parts between runs of white space; none for blank text.
std::vector<std::string_view> split_words(std::string_view text);
/// A loop over the parts of a text that nobody keeps would read what is gone.
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> split(Temporary&& text, char separator) = delete;
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> split_words(Temporary&& text) = delete;
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Whether one of these patterns (`*`, `?`, `[…]`, as in fnmatch(3)) is the whole name.
bool matches_any(const std::vector<std::string>& patterns, std::string_view name);
/// Whether a table of words has this one.
template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& all, std::string_view text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}
/// Of ASCII letters.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
/// `from` must not be empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
/// Decimal digits only, no sign, within range; nothing otherwise.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
/// Control characters, and bytes that are not UTF-8, as `\x1b`, so that text from outside cannot steer a
/// terminal; newline and tab stay.
std::string printable(std::string_view text);
/// A name from outside on one line: every byte that is not printable ASCII as `\x1b`. What is over
/// `max_bytes` as it is written here, not as it came, is cut off, and `...` stands for it.
std::string escaped(std::string_view text, std::size_t max_bytes = std::string_view::npos);

/// `4294967296`, `512MiB`, `4G`: the suffixes K, M, G, T (with or without iB) are powers of 1024; KB, MB, GB,
/// TB of 1000. Nothing when it is none of these or does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// `742 B`, `4.0 GiB`: one decimal place, powers of 1024.
std::string format_size(std::uint64_t size_bytes);
/// `1,234`.
std::string format_count(std::uint64_t count);

/// `1 fault`, `2 faults`.
std::string count_words(std::size_t count, std::string_view noun);

/// 2026-11-21T20:00:00Z of seconds since the epoch, and back (nothing when malformed). A time whose year is
/// no `int` is `@SECONDS`, as date(1) takes it.
std::string format_utc(std::int64_t seconds);
std::optional<std::int64_t> parse_utc(std::string_view text);

}  // namespace bundle
