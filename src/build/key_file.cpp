#include "build/key_file.hpp"

#include "base/fs.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 1 << 20;

}  // namespace

store::Fetched fetch_key(const spec::GpgKey& key, const std::string& sha256, World& world) {
  return world.fetcher.fetch({.url = key.url, .hex = sha256, .limit_bytes = kMaxKeyBytes});
}

openpgp::KeyFile read_key(const spec::GpgKey& key, const std::string& sha256, World& world) {
  return {.name = key.url,
          .content = read_file(fetch_key(key, sha256, world).path, kMaxKeyBytes),
          .fingerprint = key.fingerprint};
}

}  // namespace bundle::build
