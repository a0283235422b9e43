// OpenPGP armor and packets: key files and signatures, and where packages have theirs.
#include "fuzz/fuzz.hpp"
#include "rpm/openpgp.hpp"
#include "rpm/package_head.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::accepts([&] { static_cast<void>(rpm::pgp_certificates(text)); });
  fuzz::accepts([&] {
    for (const std::string& block : rpm::dearmor(text, "SIGNATURE")) {
      for (const rpm::PgpPacket& packet : rpm::pgp_packets(block)) {
        fuzz::require(packet.whole.size() > packet.body.size(), "a packet has a header");
        static_cast<void>(rpm::pgp_issuer(packet));
      }
    }
  });
  fuzz::accepts([&] { static_cast<void>(rpm::package_signatures(text)); });
  return 0;
}
