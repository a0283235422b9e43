#pragma once

#include "build/reuse.hpp"
#include "build/world.hpp"
#include "support/fake_http.hpp"
#include "support/fake_runner.hpp"

namespace bundle::test {

/// What the connected side works with: a folder, and upstreams that are told what to serve.
struct BuildWorld {
  TempDir folder;
  FakeHttp http;
  FakeRunner runner;
  NoProgress progress;
  Log log{LogLevel::quiet, false};
  spec::Mirrors mirrors;
  store::Cache cache{folder.path() / "cache"};
  store::Fetcher fetcher{http, mirrors, cache};
  oci::Registry registry{http, mirrors, {}};
  build::World world{.http = http,
                     .fetcher = fetcher,
                     .registry = registry,
                     .runner = runner,
                     .progress = progress,
                     .log = log,
                     .work = folder.path() / "work",
                     .cache_root = folder.path() / "cache"};
  build::ReuseIndex earlier;

  explicit BuildWorld(const std::vector<std::filesystem::path>& reuse = {}) : earlier(reuse, log) {}
};

}  // namespace bundle::test
