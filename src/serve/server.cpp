#include "serve/server.hpp"

// clang-format off: Boost 1.74 uses std::exchange and does not include it
#include <utility>
// clang-format on

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <thread>

#include "serve/connection.hpp"
#include "serve/seats.hpp"

namespace bundle::serve {
namespace {

using asio::ip::tcp;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kFullTick = std::chrono::milliseconds(20);

Address address_of(const asio::ip::address& address) {
  const asio::ip::address_v6 v6 =
      address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
  return {.bytes = v6.to_bytes()};
}

Endpoint endpoint_of(const tcp::endpoint& endpoint) {
  return {.address = address_of(endpoint.address()), .port = endpoint.port()};
}

/// Runs `take`; what OpenSSL says against it becomes our words.
template <class Take>
void take_or_fail(std::string_view complaint, Take&& take) {
  try {
    take();
  } catch (const boost::system::system_error& error) {
    fail(ErrorKind::usage, "{}: {}", complaint, error.code().message());
  }
}

asio::ssl::context tls_context(const TlsIdentity& identity) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  take_or_fail("--tls-cert names no certificate in PEM",
               [&] { context.use_certificate_chain(asio::buffer(identity.certificate_pem)); });
  take_or_fail("--tls-key names no open key in PEM that belongs to the certificate",
               [&] { context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem); });
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  return context;
}

/// What ended a connection that ours would not have ended; the others go on.
std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

/// Runs a connection for as long as it lasts.
template <class Stream>
asio::awaitable<void> converse(std::unique_ptr<Connection<Stream>> connection) {
  co_await connection->run();
}

}  // namespace

struct Server::State {
  State(const ServerOptions& given, Respond respond, LogAccess access_log)
      : options(given),
        log(std::move(access_log)),
        seats(options.limits.connections, options.limits.connections_of_one),
        shared{.respond = std::move(respond), .limits = options.limits, .log = [this](const AccessRow& row) {
                 write_row(row);
               }} {
    if (options.tls) {
      tls.emplace(tls_context(*options.tls));
    }
    listen();
  }

  void listen();
  void write_row(const AccessRow& row);
  void stop_with(std::exception_ptr error);
  asio::awaitable<void> accept_all();
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  asio::awaitable<void> watch(const std::function<bool()>& is_stopped);
  void admit(tcp::socket socket);
  template <class Stream>
  void start(Stream stream, std::shared_ptr<void> seat, const Ends& ends);

  const ServerOptions options;
  const LogAccess log;
  Seats seats;
  const Shared shared;
  std::mutex mutex;  // of calls of log, and of failure
  std::exception_ptr failure;
  std::optional<asio::ssl::context> tls;
  asio::io_context context;  // its end is that of the connections, which use what stands above
  tcp::acceptor acceptor{asio::make_strand(context)};
};

void Server::State::listen() {
  const tcp::endpoint endpoint(asio::ip::make_address(options.listen.address.str()), options.listen.port);
  take_or_fail(fmt::format("cannot listen on {}", options.listen.str()), [&] {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  });
}

/// A log that cannot be written ends the server: nobody would know what it does.
void Server::State::write_row(const AccessRow& row) {
  const std::lock_guard lock(mutex);
  try {
    log(row);
  } catch (...) {
    failure = std::current_exception();
    context.stop();
  }
}

void Server::State::stop_with(std::exception_ptr error) {
  const std::lock_guard lock(mutex);
  failure = std::move(error);
  context.stop();
}

asio::awaitable<void> Server::State::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> Server::State::accept_all() {
  while (true) {
    while (seats.is_full()) {
      co_await pause(kFullTick);
    }
    tcp::socket socket(asio::make_strand(context));
    boost::system::error_code error;
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_await pause(kTick);  // out of descriptors, or a client that went away already
    } else {
      admit(std::move(socket));
    }
  }
}

void Server::State::admit(tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  const tcp::endpoint local = socket.local_endpoint(error);
  if (error) {
    return;
  }
  const Ends ends{.peer = address_of(peer.address()), .local = endpoint_of(local)};
  const bool is_allowed =
      options.allow.empty() ||
      std::ranges::any_of(options.allow, [&](const Network& network) { return network.contains(ends.peer); });
  std::shared_ptr<void> seat = is_allowed ? seats.take(ends.peer) : nullptr;
  if (!seat) {
    write_row({.time = std::time(nullptr),
               .address = ends.peer.str(),
               .refused = is_allowed ? "it has as many connections as one client may" : "not in --allow"});
    return;
  }
  (void)socket.set_option(tcp::no_delay(true), error);
  beast::tcp_stream stream(std::move(socket));
  if (tls) {
    start(TlsStream(std::move(stream), *tls), std::move(seat), ends);
  } else {
    start(std::move(stream), std::move(seat), ends);
  }
}

template <class Stream>
void Server::State::start(Stream stream, std::shared_ptr<void> seat, const Ends& ends) {
  const auto executor = stream.get_executor();
  auto connection = std::make_unique<Connection<Stream>>(shared, std::move(stream), std::move(seat), ends);
  asio::co_spawn(executor, converse(std::move(connection)),
                 [this, peer = ends.peer](const std::exception_ptr& error) {
                   if (error) {
                     write_row({.time = std::time(nullptr), .address = peer.str(), .fault = what_of(error)});
                   }
                 });
}

asio::awaitable<void> Server::State::watch(const std::function<bool()>& is_stopped) {
  while (!is_stopped()) {
    co_await pause(kTick);
  }
  context.stop();
}

Server::Server(const ServerOptions& options, Respond respond, LogAccess log)
    : state_(std::make_unique<State>(options, std::move(respond), std::move(log))) {}

Server::~Server() = default;

Endpoint Server::endpoint() const { return endpoint_of(state_->acceptor.local_endpoint()); }

void Server::stop() { state_->context.stop(); }

void Server::run(const std::function<bool()>& is_stopped) {
  // A read from a slow stick holds its thread only, so there are some more than processors.
  constexpr unsigned kLeastThreads = 4;
  constexpr unsigned kMostThreads = 16;
  const auto rethrow = [this](std::exception_ptr error) {
    if (error) {
      state_->stop_with(std::move(error));
    }
  };
  asio::co_spawn(state_->acceptor.get_executor(), state_->accept_all(), rethrow);
  asio::co_spawn(state_->acceptor.get_executor(), state_->watch(is_stopped), rethrow);
  std::vector<std::jthread> threads;
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), kLeastThreads, kMostThreads);
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([this] { state_->context.run(); });
  }
  threads.clear();  // waits
  if (state_->failure) {
    std::rethrow_exception(state_->failure);
  }
}

}  // namespace bundle::serve
