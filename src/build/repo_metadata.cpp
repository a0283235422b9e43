#include "build/repo_metadata.hpp"

#include "base/fs.hpp"
#include "rpm/upstream.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 1 << 20;

}  // namespace

rpm::Keyring load_keyring(const std::vector<spec::LockedKey>& keys, World& world) {
  std::vector<rpm::KeyFile> files;
  for (const spec::LockedKey& key : keys) {
    const store::Fetched fetched =
        world.fetcher.fetch({.url = key.key.url, .hex = key.sha256, .limit_bytes = kMaxKeyBytes});
    files.push_back({.name = key.key.url,
                     .content = read_file(fetched.path, kMaxKeyBytes),
                     .fingerprint = key.key.fingerprint});
  }
  const std::lock_guard lock(world.librpm);
  return rpm::load_keys(files, world.now, world.runner);
}

FetchedRepository fetch_repository(const spec::Repository& repository, World& world) {
  FetchedRepository made{.spec = repository};
  for (const spec::GpgKey& key : repository.gpgkeys) {
    const store::Fetched fetched = world.fetcher.fetch({.url = key.url, .limit_bytes = kMaxKeyBytes});
    made.keys.push_back({.key = key, .sha256 = fetched.sha256_hex});
  }
  const rpm::Keyring keyring = load_keyring(made.keys, world);
  made.input = rpm::open_upstream(world.fetcher, repository, keyring);
  for (const rpm::MetadataFile& file :
       rpm::plan_metadata(rpm::parse_repomd(made.input.repomd, repository.url + "/repodata/repomd.xml"))) {
    made.input.fetch(file);  // into the cache now, while several repositories are read at once
  }
  return made;
}

}  // namespace bundle::build
