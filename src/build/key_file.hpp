#pragma once

#include <cstdint>
#include <string>

#include "base/fs.hpp"
#include "build/world.hpp"
#include "openpgp/keyring.hpp"
#include "spec/repository.hpp"

namespace bundle::build {

constexpr std::uint64_t kMaxKeyBytes = 1 << 20;

/// The file of at most 1 MiB that a vendor publishes a key in, with this SHA-256 where a lock has it.
inline store::Fetched fetch_key(const spec::GpgKey& key, const std::string& sha256, World& world) {
  return world.fetcher.fetch({.url = key.url, .hex = sha256, .limit_bytes = kMaxKeyBytes});
}

/// The same, read.
inline openpgp::KeyFile read_key(const spec::GpgKey& key, const std::string& sha256, World& world) {
  return {.name = key.url,
          .content = read_file(fetch_key(key, sha256, world).path, kMaxKeyBytes),
          .fingerprint = key.fingerprint};
}

}  // namespace bundle::build
