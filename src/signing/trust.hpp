#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "signing/key.hpp"

namespace bundle::signing {

struct TrustedKey {
  PublicKey key;
  std::string origin;  ///< the path it was read from
};

/// The keys of `files` (--key) and of ROOT/etc/bundle/keys/*.pub, each key once. Throws Error(usage) for a
/// file that cannot be read or is no P-256 public key: a key that somebody put there is not passed over in
/// silence. Throws Error(integrity) when that folder, or a key in it, could be written by others than root.
std::vector<TrustedKey> load_trusted_keys(const std::vector<std::string>& files,
                                          const std::filesystem::path& root = "/");

}  // namespace bundle::signing
