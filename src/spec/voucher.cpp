#include "spec/voucher.hpp"

#include <algorithm>
#include <array>

namespace bundle::spec {
namespace {

struct Row {
  VouchedBy by;
  std::string_view text;
  std::string_view words;
  bool has_key;
};

constexpr std::array kRows = {
    Row{VouchedBy::unrecorded, "", "not recorded", false},
    Row{VouchedBy::first_use, "first-use", "first use", false},
    Row{VouchedBy::own, "own", "own file", false},
    Row{VouchedBy::digest, "digest", "pinned digest", false},
    Row{VouchedBy::metadata, "metadata", "signed metadata", false},
    Row{VouchedBy::openpgp, "openpgp", "OpenPGP key", true},
    Row{VouchedBy::cosign, "cosign", "cosign key", true},
};
constexpr std::size_t kMaxKey = 64;

const Row& row_of(VouchedBy by) {
  return *std::find_if(kRows.begin(), kRows.end(), [by](const Row& row) { return row.by == by; });
}

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKey &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

std::string to_string(const Voucher& voucher) {
  std::string text(row_of(voucher.by).text);
  return voucher.key.empty() ? text : text + ":" + voucher.key;
}

std::optional<Voucher> parse_voucher(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  for (const Row& row : kRows) {
    if (row.text != name || row.has_key != (colon != std::string_view::npos)) {
      continue;
    }
    const std::string_view key = row.has_key ? text.substr(colon + 1) : std::string_view();
    if (row.has_key && !is_hex(key)) {
      return std::nullopt;
    }
    return Voucher{.by = row.by, .key = std::string(key)};
  }
  return std::nullopt;
}

json::Object with_voucher(json::Object row, const Voucher& voucher) {
  if (const std::string text = to_string(voucher); !text.empty()) {
    row["vouched"] = text;
  }
  return row;
}

std::string describe(const Voucher& voucher) {
  std::string words(row_of(voucher.by).words);
  return voucher.key.empty() ? words : words + " " + voucher.key;
}

bool is_first_use(const Voucher& voucher) {
  return voucher.by == VouchedBy::first_use || voucher.by == VouchedBy::unrecorded;
}

}  // namespace bundle::spec
