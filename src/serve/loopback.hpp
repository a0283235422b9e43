#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "serve/registry.hpp"
#include "serve/server.hpp"

namespace bundle::serve {

/// The images of a bundle for the programs of this host, for as long as it lives: a registry on 127.0.0.1, at
/// a port that was free and below a path that nobody can guess. Whoever pulls checks the digests, as
/// containerd does before it uses anything.
class Loopback {
 public:
  /// `media` must outlive it. `sent` hears of the bytes of images that go out, from several threads.
  Loopback(Media& media, std::function<void(std::uint64_t)> sent);
  ~Loopback();

  /// `http://127.0.0.1:PORT/PATH`: `/v2/` is below it.
  std::string url() const;

  /// Throws why a blob or manifest (`sha256:…`) could not be read; does nothing when it could.
  void rethrow_fault(const std::string& digest) const;

 private:
  class WatchedBody;

  Answer closing_answer(const Request& request);
  Answer answer(const Request& request);
  Answer answer_watched(const Request& request, const Target& target, const std::string& digest);
  void remember_fault(const std::string& digest);
  void forget_fault(const std::string& digest);

  Registry registry_;
  const std::string secret_;
  const std::function<void(std::uint64_t)> sent_;
  mutable std::mutex mutex_;
  std::map<std::string, std::exception_ptr> faults_;  ///< the latest, by digest
  Server server_;
  std::jthread thread_;
};

}  // namespace bundle::serve
