#pragma once

#include <string>
#include <string_view>

namespace bundle::rpm {

/// What a signature of a package says of itself; nothing is verified.
struct PackageSignature {
  std::string issuer;     ///< key id, 16 upper-case hex digits; empty when it says none
  std::string algorithm;  ///< `RSA`, `DSA`, … or its number; empty when librpm cannot read it
  std::string digest;     ///< `sha1`, … or its number
};

/// Reads the signature packet that a tag of an RPM's header holds, as librpm does. Safe from several threads.
PackageSignature read_signature(std::string_view packet);

}  // namespace bundle::rpm
