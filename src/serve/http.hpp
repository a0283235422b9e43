#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

// A request and its answer as plain data: what they mean is decided without sockets.
namespace bundle::serve {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

struct Request {
  std::string method;
  std::string target;  ///< as it came: path and query, escaped
  std::vector<Header> headers;
  bool has_body = false;    ///< one is announced; it is never read
  bool is_private = false;  ///< over TLS, or on a loopback address: nobody between may change what is read
  std::string base_url;     ///< `https://10.0.0.1:8443`: where it arrived

  /// The value of the first header of this name, in whichever letters; null when there is none.
  const std::string* header(std::string_view name) const;
};

/// The bytes of an answer, in order. One thread at a time.
class Body {
 public:
  Body() = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  virtual ~Body() = default;

  /// Does some of the work that comes before the first byte, with the help of `buffer`; true when there is
  /// none left. It may read for minutes in all, and lets others go on between the calls.
  virtual bool prepare(std::span<std::byte> /*buffer*/) { return true; }

  /// The next bytes, in `buffer` or elsewhere until the next call; none behind the last. Throws
  /// Error(integrity) when they are not what the index says: then the answer must end unfinished.
  virtual Bytes next(std::span<std::byte> buffer) = 0;
};

struct Answer {
  unsigned status = 200;
  std::vector<Header> headers;
  std::uint64_t size_bytes = 0;  ///< of the body, also where only its headers are asked for
  std::unique_ptr<Body> body;    ///< null: the headers alone
  bool closes = false;           ///< the connection ends with it
  std::string fault;             ///< what went wrong on our side, for the log

  /// As Request::header.
  const std::string* header(std::string_view name) const;
};

/// A stretch of a body.
struct Slice {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  bool operator==(const Slice&) const = default;
};

/// An answer whose body is a text.
Answer text_answer(unsigned status, std::string_view type, std::string text);

/// `text` for people, from a sentence: capital letter and full stop are the caller's.
Answer words(unsigned status, const std::string& text);

/// Status line and headers as they go out, with the blank line. `date` is an IMF-fixdate.
std::string head_of(const Answer& answer, bool keeps_open, std::string_view date);

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110 section 5.6.7.
std::string http_date(std::int64_t seconds);

}  // namespace bundle::serve
