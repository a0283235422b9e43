#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>

#include "base/log.hpp"
#include "base/process.hpp"
#include "base/progress.hpp"
#include "oci/registry.hpp"
#include "store/fetcher.hpp"

namespace bundle::build {

/// The outside as the connected side sees it; all of it injected and outliving what uses it.
struct World {
  net::HttpClient& http;
  store::Fetcher& fetcher;
  oci::Registry& registry;
  CommandRunner& runner;
  Progress& progress;
  Log& log;
  std::filesystem::path work;        ///< a temporary folder of this run
  std::filesystem::path cache_root;  ///< the fetcher's cache
  std::size_t jobs = 4;              ///< transfers at once
  std::int64_t now = 0;              ///< seconds since the epoch
  std::mutex librpm = {};  ///< held around load_keys and check_package of rpm/signature.hpp: librpm keeps
                           ///< state that several threads must not share
};

}  // namespace bundle::build
