#pragma once
// For server.cpp alone: with it the only file that knows Boost.

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <ctime>
#include <limits>
#include <type_traits>

#include "base/error.hpp"
#include "serve/responder.hpp"
#include "serve/server.hpp"

namespace bundle::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// What all connections share.
struct Shared {
  Server::Respond respond;
  Limits limits;
  std::function<void(const AccessRow&)> log;
};

/// Both ends of a connection.
struct Ends {
  Address peer;
  Endpoint local;
};

/// One client's connection, from handshake to end. One coroutine runs it.
template <class Stream>
class Connection {
 public:
  static constexpr bool kIsTls = !std::is_same_v<Stream, beast::tcp_stream>;

  /// `seat` is given back with the connection. `shared` must outlive it.
  Connection(const Shared& shared, Stream stream, std::shared_ptr<void> seat, Ends ends)
      : shared_(shared), stream_(std::move(stream)), seat_(std::move(seat)), ends_(ends) {}

  asio::awaitable<void> run() {
    Error error;
    if constexpr (kIsTls) {
      lowest().expires_after(shared_.limits.head);
      co_await stream_.async_handshake(asio::ssl::stream_base::server, into(error));
    }
    bool goes_on = !error;
    while (goes_on) {
      goes_on = co_await serve_one();
    }
  }

 private:
  using Error = boost::system::error_code;
  using Parser = http::request_parser<http::empty_body>;

  static constexpr std::uint32_t kMaxHeadBytes = 16 << 10;
  static constexpr std::size_t kStretchBytes = 64 << 10;

  static auto into(Error& error) { return asio::redirect_error(asio::use_awaitable, error); }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  std::span<std::byte> stretch() { return {stretch_.get(), kStretchBytes}; }

  /// Reads a request and answers it; false when it was the last one.
  asio::awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(kMaxHeadBytes);
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // none is read, whatever its size
    lowest().expires_after(shared_.limits.head);
    Error error;
    co_await http::async_read_header(stream_, buffer_, parser, into(error));
    begin_ = std::chrono::steady_clock::now();
    row_ = {.time = std::time(nullptr), .address = ends_.peer.str()};
    if (error) {
      co_await refuse_head(error);
      co_return false;
    }
    const Request request = request_of(parser);
    row_.method = request.method;
    row_.target = request.target;
    stretch_ = std::make_unique_for_overwrite<std::byte[]>(kStretchBytes);
    Answer answer = shared_.respond(request);
    const Bytes first = co_await first_of(request, answer);
    const bool keeps_open = parser.keep_alive() && !answer.closes;
    const bool goes_on = co_await send(answer, first, keeps_open);
    stretch_.reset();
    co_return goes_on;
  }

  Request request_of(const Parser& parser) const {
    const auto& message = parser.get();
    Request request{.method = std::string(message.method_string()), .target = std::string(message.target())};
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    const auto length = parser.content_length();
    request.has_body = parser.chunked() || (length && *length > 0);
    request.is_private = kIsTls || ends_.local.address.is_loopback();
    request.base_url = (kIsTls ? "https://" : "http://") + ends_.local.str();
    return request;
  }

  /// Tells whoever sent a head that is none, or too large; others only went away, or were too slow.
  asio::awaitable<void> refuse_head(Error error) {
    const bool is_large = error == http::error::header_limit || error == http::error::buffer_overflow;
    const bool is_http = error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message) {
      co_return;
    }
    Answer answer = is_large ? words(431, "The head of the request has more than 16 KiB.")
                             : words(400, "This is no HTTP/1 request: " + error.message() + ".");
    answer.closes = true;
    const Bytes first = answer.body->next({});
    co_await send(answer, first, false);
  }

  /// Does what comes before the body, and gives its beginning. What fails until here is answered in words.
  asio::awaitable<Bytes> first_of(const Request& request, Answer& answer) {
    try {
      while (answer.body && !answer.body->prepare(stretch())) {
        require_client();
        co_await asio::post(stream_.get_executor(), asio::use_awaitable);
      }
      co_return answer.body ? answer.body->next(stretch()) : Bytes();
    } catch (const std::exception& error) {
      answer = failure(request, error);
    }
    co_return answer.body ? answer.body->next(stretch()) : Bytes();
  }

  /// It may have hung up while a whole entry is read for it.
  void require_client() {
    char byte = 0;
    if (::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
      fail(ErrorKind::network, "the client went away while an entry was checked");
    }
  }

  /// Sends head and body; true when the connection stays.
  asio::awaitable<bool> send(Answer& answer, Bytes bytes, bool keeps_open) {
    const std::string head = head_of(answer, keeps_open, http_date(row_.time));
    row_.status = answer.status;
    row_.fault = answer.fault;
    bool is_fine = co_await write(as_bytes(head), bytes);
    while (is_fine && !bytes.empty()) {
      bytes = next_of(answer);
      is_fine = bytes.empty() ? row_.bytes == answer.size_bytes : co_await write({}, bytes);
    }
    row_.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
    shared_.log(row_);
    if (is_fine && answer.closes) {
      co_await drain();
    }
    co_return is_fine&& keeps_open;
  }

  /// None where the reading fails: the answer then ends before its length.
  Bytes next_of(Answer& answer) {
    try {
      return answer.body->next(stretch());
    } catch (const std::exception& error) {
      const auto* ours = dynamic_cast<const bundle::Error*>(&error);
      row_.fault = ours == nullptr ? error.what() : ours->message();
      return {};
    }
  }

  asio::awaitable<bool> write(Bytes head, Bytes body) {
    lowest().expires_after(shared_.limits.stretch);
    const std::array buffers = {asio::buffer(head.data(), head.size()),
                                asio::buffer(body.data(), body.size())};
    Error error;
    co_await asio::async_write(stream_, buffers, into(error));
    row_.bytes += error ? 0 : body.size();
    co_return !error;
  }

  /// Takes what the client still sends, a little and for a short time: a socket that is closed over unread
  /// bytes throws away the answer as well.
  asio::awaitable<void> drain() {
    constexpr std::size_t kMostBytes = 2 << 20;
    lowest().expires_after(std::chrono::seconds(2));
    Error error;
    lowest().socket().shutdown(asio::socket_base::shutdown_send, error);
    for (std::size_t got = 0; !error && got < kMostBytes;) {
      std::array<std::byte, 4096> thrown_away{};
      got += co_await lowest().async_read_some(asio::buffer(thrown_away), into(error));
    }
  }

  const Shared& shared_;
  Stream stream_;
  std::shared_ptr<void> seat_;
  const Ends ends_;
  beast::flat_buffer buffer_{kMaxHeadBytes};
  std::unique_ptr<std::byte[]> stretch_;  // only while an answer goes out
  AccessRow row_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace bundle::serve
