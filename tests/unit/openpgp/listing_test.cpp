#include "openpgp/listing.hpp"

#include <doctest/doctest.h>

using namespace bundle;
using openpgp::Verdict;

// What gpg 2.2.40 printed, user ids replaced.

TEST_CASE("a key and its subkeys are read with expiry, revocation and the digest of what follows them") {
  const auto found = openpgp::parse_listing(
      "tru::1:1795783832:0:3:1:5\n"
      "pub:-:4096:1:82562EA9AD986DA3:1554773517:2185493517::-:::scESC::::::23::0:\n"
      "fpr:::::::::76FD3DB13AB67410B89DB10E82562EA9AD986DA3:\n"
      "uid:-::::1554773517::067AE564EE5A5A71A28ED9EF09890EF904A36A07::sig\\x3a\\nfpr::::::::::0:\n"
      "sig:!::1:82562EA9AD986DA3:1554773517::::[User ID not found]:13x:::::2:\n"
      "sub:-:4096:1:222F15DFD95DC12B:1554773517::::::e::::::23:\n"
      "fpr:::::::::2E812B187F4C0420D7912044222F15DFD95DC12B:\n"
      "sig:!::1:82562EA9AD986DA3:1554773517::::[User ID not found]:18x:::::8:\n"
      "sub:r:3072:1:1F71177215217EE0:1649548800:1649721615:::::s::::::23:\n"
      "fpr:::::::::43253A62850DFADCACD423F11F71177215217EE0:\n"
      "rev:!::1:B3A771BFEB04E625:1649635221::::[User ID not found]:28x,02::B65:::10:\n"
      "sig:!::1:B3A771BFEB04E625:1649548800::::[User ID not found]:18x::B65:::8:\n"
      "pub:e:1024:17:45689C882FA658E0:1164971113::::::sc::::::::0:\n"
      "fpr:::::::::43A6E49C4A38F4BE9ABF2A5345689C882FA658E0:\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].is_signed_by_self);
  CHECK(found[0].keys == std::vector<openpgp::Key>{{.fingerprint = "76FD3DB13AB67410B89DB10E82562EA9AD986DA3",
                                                    .expires_at = 2185493517,
                                                    .first_signature_digest = "sha1"},
                                                   {.fingerprint = "2E812B187F4C0420D7912044222F15DFD95DC12B",
                                                    .first_signature_digest = "sha256"},
                                                   {.fingerprint = "43253A62850DFADCACD423F11F71177215217EE0",
                                                    .expires_at = 1649721615,
                                                    .is_revoked = true,
                                                    .first_signature_digest = "sha512"}});
  CHECK(found[1].keys.at(0).expires_at == 0);  // expired, whenever that was
}

TEST_CASE("a key without a good signature of its own is known") {
  const auto found = openpgp::parse_listing(
      "pub:i:2048:1:23DFC86E67E72D6F:1795783816:::-:::esca::::::23::0:\n"
      "fpr:::::::::0A6837EFE1E578F50746244723DFC86E67E72D6F:\n");
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].is_signed_by_self);
}

TEST_CASE("lines that are cut off or no records give nothing") {
  CHECK(openpgp::parse_listing("").empty());
  CHECK(openpgp::parse_listing("fpr:::::::::AB:\nsub:-\nsig\n").empty());
  CHECK(openpgp::parse_listing("pub").at(0).keys.at(0).fingerprint.empty());
}

TEST_CASE("each signature of a file has its verdict") {
  const std::string good =
      "[GNUPG:] NEWSIG vendor@x\n"
      "[GNUPG:] KEY_CONSIDERED 0A6837EFE1E578F50746244723DFC86E67E72D6F 0\n"
      "[GNUPG:] GOODSIG 7F307169E8D57D1A BADSIG 0000000000000000\n"
      "[GNUPG:] VALIDSIG E2F49ACA2578C3830B9B24697F307169E8D57D1A 2026-11-27 1795783922 0 4 0 1 10 00 "
      "0A6837EFE1E578F50746244723DFC86E67E72D6F\n";
  const std::string unknown =
      "[GNUPG:] NEWSIG other@x\n"
      "[GNUPG:] ERRSIG 7D7339418EE3CFC6 1 10 00 1795783922 9 F22A8B77EB42240C61E6C0CC7D7339418EE3CFC6\n"
      "[GNUPG:] NO_PUBKEY 7D7339418EE3CFC6\n";
  const openpgp::Signature valid{.verdict = Verdict::good,
                                 .key_id = "7F307169E8D57D1A",
                                 .primary = "0A6837EFE1E578F50746244723DFC86E67E72D6F"};
  CHECK(openpgp::parse_status(unknown + good) ==
        std::vector<openpgp::Signature>{{.key_id = "7D7339418EE3CFC6"}, valid});
  CHECK(openpgp::parse_status("[GNUPG:] NEWSIG\n[GNUPG:] BADSIG 7F307169E8D57D1A vendor\n") ==
        std::vector<openpgp::Signature>{{.verdict = Verdict::changed, .key_id = "7F307169E8D57D1A"}});
  openpgp::Signature expired = valid;
  expired.verdict = Verdict::expired;
  const std::string old = "[GNUPG:] NEWSIG\n[GNUPG:] EXPSIG 7F307169E8D57D1A vendor\n";
  CHECK(openpgp::parse_status(old + good.substr(good.find("[GNUPG:] VALIDSIG"))) ==
        std::vector<openpgp::Signature>{expired});
  CHECK(openpgp::parse_status("[GNUPG:] NODATA 2\ngpg: VALIDSIG\n").empty());
  CHECK(openpgp::parse_status("[GNUPG:] VALIDSIG A 2026-11-27 1 0 4 0 1 10 00 A\n").empty());
}
