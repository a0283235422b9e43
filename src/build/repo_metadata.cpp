#include "build/repo_metadata.hpp"

#include "build/key_file.hpp"
#include "rpm/upstream.hpp"

namespace bundle::build {

rpm::Keyring load_keyring(const std::vector<spec::LockedKey>& keys, World& world) {
  std::vector<rpm::KeyFile> files;
  for (const spec::LockedKey& key : keys) {
    files.push_back(read_key(key.key, key.sha256, world));
  }
  const std::lock_guard lock(world.librpm);
  return rpm::load_keys(files, world.now, world.runner);
}

FetchedRepository fetch_repository(const spec::Repository& repository, World& world) {
  FetchedRepository made{.spec = repository};
  for (const spec::GpgKey& key : repository.gpgkeys) {
    made.keys.push_back({.key = key, .sha256 = fetch_key(key, {}, world).sha256_hex});
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
