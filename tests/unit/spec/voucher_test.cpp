#include "spec/voucher.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bundle::spec;

TEST_CASE("who vouched is read back as it was written") {
  for (const Voucher& voucher :
       {Voucher{}, Voucher{.by = VouchedBy::first_use}, Voucher{.by = VouchedBy::own},
        Voucher{.by = VouchedBy::digest}, Voucher{.by = VouchedBy::metadata},
        Voucher{.by = VouchedBy::openpgp, .key = "567E347A"},
        Voucher{.by = VouchedBy::cosign, .key = "0badcafe"}}) {
    CHECK(parse_voucher(to_string(voucher)) == voucher);
  }
  CHECK(to_string({.by = VouchedBy::openpgp, .key = "567E347A"}) == "openpgp:567E347A");
  CHECK(describe({.by = VouchedBy::openpgp, .key = "567E347A"}) == "OpenPGP key 567E347A");
  CHECK(describe({}) == "not recorded");
}

TEST_CASE("other words vouch for nothing") {
  const std::string too_long = "openpgp:" + std::string(65, '0');
  const std::vector<std::string> others = {
      "me", "first use", "digest:ab", "openpgp", "openpgp:", "openpgp:xyz", "openpgp:A:B", ":", too_long};
  for (const std::string& text : others) {
    CAPTURE(text);
    CHECK_FALSE(parse_voucher(text));
  }
}

TEST_CASE("what nobody recorded counts as first use") {
  CHECK(is_first_use({}));
  CHECK(is_first_use({.by = VouchedBy::first_use}));
  CHECK_FALSE(is_first_use({.by = VouchedBy::own}));
  CHECK_FALSE(is_first_use({.by = VouchedBy::metadata}));
}
