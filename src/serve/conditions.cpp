#include "serve/conditions.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace bundle::serve {
namespace {

/// 1*DIGIT, however many: what does not fit counts as the largest number.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  return parse_unsigned(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

/// `-500`: the last bytes.
Selection suffix(std::string_view text, std::uint64_t size_bytes) {
  const std::optional<std::uint64_t> wanted = parse_position(text);
  if (!wanted || size_bytes == 0) {
    return {};
  }
  if (*wanted == 0) {
    return Unsatisfiable{};
  }
  const std::uint64_t taken = std::min(*wanted, size_bytes);
  return Slice{.offset = size_bytes - taken, .size_bytes = taken};
}

/// Whether a list of ETags has this one; weak ones count where `takes_weak`.
bool has_etag(std::string_view list, const std::string& etag, bool takes_weak) {
  if (trim(list) == "*") {
    return true;
  }
  for (std::string_view one : split(list, ',')) {
    one = trim(one);
    if (takes_weak && one.starts_with("W/")) {
      one.remove_prefix(2);
    }
    if (one == etag) {
      return true;
    }
  }
  return false;
}

}  // namespace

Selection parse_range(std::string_view range, std::uint64_t size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  range = trim(range);
  if (lower(range.substr(0, kUnit.size())) != kUnit) {
    return {};
  }
  range = trim(range.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) {
    return {};
  }
  const std::string_view end = range.substr(dash + 1);
  if (dash == 0) {
    return suffix(end, size_bytes);
  }
  const std::optional<std::uint64_t> first = parse_position(range.substr(0, dash));
  const std::optional<std::uint64_t> last =
      end.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(end);
  if (!first || !last || *last < *first) {
    return {};
  }
  if (*first >= size_bytes) {
    return Unsatisfiable{};
  }
  return Slice{.offset = *first, .size_bytes = std::min(*last, size_bytes - 1) - *first + 1};
}

Selection select_range(const Request& request, const std::string& etag, std::uint64_t size_bytes) {
  const std::string* range = request.header("Range");
  const std::string* if_range = request.header("If-Range");
  if (request.method != "GET" || range == nullptr || (if_range != nullptr && trim(*if_range) != etag)) {
    return {};
  }
  return parse_range(*range, size_bytes);
}

std::optional<unsigned> status_by_conditions(const Request& request, const std::string& etag) {
  const std::string* match = request.header("If-Match");
  if (match != nullptr && !has_etag(*match, etag, false)) {
    return 412;
  }
  const std::string* none_match = request.header("If-None-Match");
  if (none_match != nullptr && has_etag(*none_match, etag, true)) {
    return 304;
  }
  return std::nullopt;
}

}  // namespace bundle::serve
