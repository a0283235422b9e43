#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/access_log.hpp"
#include "serve/addresses.hpp"
#include "serve/http.hpp"

namespace bundle::serve {

/// What any client may take of us. A connection costs up to 160 KiB (64 for the stretch that it is sent, the
/// rest for TLS), so that all of them stay below 40 MiB.
struct Limits {
  /// Handshake, and each request's head: all of it, however slowly it comes. Also how long a connection may
  /// wait for its next request.
  std::chrono::milliseconds head = std::chrono::seconds(10);
  /// For 64 KiB of an answer to be taken.
  std::chrono::milliseconds stretch = std::chrono::seconds(60);
  /// In all; more wait in the kernel's queue until one ends, as nodes that all pull at once may.
  std::size_t connections = 256;
  /// Of one IPv4 address or IPv6 /64: dnf makes up to 20, containerd 3 an image. More are closed at once, as
  /// are those over a half of the places that are left: no few clients take the places of all.
  std::size_t connections_of_one = 64;
};

struct TlsIdentity {
  std::string certificate_pem;  ///< may be a chain
  std::string key_pem;
};

struct ServerOptions {
  Endpoint listen;
  std::optional<TlsIdentity> tls;
  std::vector<Network> allow;  ///< empty: everybody
  Limits limits;
};

/// HTTP/1.1 over sockets: accepts, reads heads of requests, sends answers. It knows nothing of bundles.
class Server {
 public:
  using Respond = std::function<Answer(const Request&)>;
  using LogAccess = std::function<void(const AccessRow&)>;

  /// Listens from here on. Throws Error(usage) for an address that cannot be had, a certificate or key that
  /// is none. `respond` is called by several threads; `log` as well, one at a time.
  Server(const ServerOptions& options, Respond respond, LogAccess log);
  ~Server();

  /// With the port that was found when 0 was asked for.
  Endpoint endpoint() const;

  /// Serves until `is_stopped`, which is asked ten times a second; what is on its way then is cut off.
  /// Rethrows what `log` throws.
  void run(const std::function<bool()>& is_stopped);

  /// Ends `run` at once, from another thread; also one that has yet to begin.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bundle::serve
