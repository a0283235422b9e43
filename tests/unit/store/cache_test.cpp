#include "store/cache.hpp"

#include <cstdlib>

#include "support/error_of.hpp"

using namespace bundle;
using namespace bundle::store;

TEST_CASE("content lies under its checksum") {
  const Cache cache("/c");
  const std::string hex = sha256_hex("x");
  CHECK(cache.blob(HashKind::sha256, hex) == "/c/sha256/" + hex.substr(0, 2) + "/" + hex);
  for (const std::string bad : {"", "../../etc/passwd", "ABCD"}) {
    CHECK(test::error_of([&] { cache.blob(HashKind::sha256, bad); }).kind() == ErrorKind::integrity);
  }
}

TEST_CASE("a partial file waits for the next run, and two holders get two files") {
  const TempDir folder;
  const Cache cache(folder.path() / "cache");
  std::filesystem::path shared;
  {
    const Partial first = cache.open_partial("key");
    pwrite_all(first.fd(), as_bytes("half"), 0, "first");
    shared = first.path();
    const Partial second = cache.open_partial("key");
    CHECK(second.path() != first.path());
    CHECK(bundle::file_size(second.path()) == 0);
  }
  CHECK(list_folder(shared.parent_path()).size() == 1);  // the private one is gone
  Partial again = cache.open_partial("key");
  CHECK(again.path() == shared);
  CHECK(bundle::file_size(again.path()) == 4);
  const auto path = cache.commit(std::move(again), HashKind::sha256, sha256_hex("half"));
  CHECK(read_file(path, 10) == "half");
  CHECK(list_folder(shared.parent_path()).empty());
  Partial wrong = cache.open_partial("key");
  wrong.discard();
  CHECK(list_folder(shared.parent_path()).empty());
}

TEST_CASE("the cache is where the user's caches are") {
  setenv("XDG_CACHE_HOME", "/x", 1);
  CHECK(Cache::default_root() == "/x/bundle");
  setenv("XDG_CACHE_HOME", "relative", 1);
  CHECK(Cache::default_root() == std::filesystem::path(std::getenv("HOME")) / ".cache/bundle");
  unsetenv("XDG_CACHE_HOME");
}
