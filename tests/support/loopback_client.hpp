#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fs.hpp"

// A client of a server on 127.0.0.1 that says and hears bytes, no more: what HTTP makes of them is the
// test's.
namespace bundle::test {

/// Throws std::runtime_error when nobody listens. What is not heard for 20 s is not heard.
UniqueFd connect_to(std::uint16_t port);

/// Gives up quietly when the server has had enough.
void say(const UniqueFd& fd, std::string_view text);

/// All until the server closes.
std::string hear(const UniqueFd& fd);

/// The answer to a GET that ends the connection. `url` is `http://127.0.0.1:PORT/…`.
struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
  bool is_whole = false;  ///< the body has the length that the head says
};
HttpAnswer http_get(const std::string& url);

}  // namespace bundle::test
