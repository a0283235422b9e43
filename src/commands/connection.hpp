#pragma once

#include <memory>

#include "build/world.hpp"
#include "commands/session.hpp"
#include "commands/upstream.hpp"

namespace bundle::commands {

/// The real upstreams: libcurl, the cache, the registry client, with the user's mirrors and credentials.
class Connection {
 public:
  Connection(Session& session, const UpstreamOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  build::World& world();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bundle::commands
