#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bundle::serve {

/// What one request came to, or a connection that was not let in.
struct AccessRow {
  std::int64_t time = 0;  ///< seconds since the epoch, of its beginning
  std::string address;
  std::string method;
  std::string target;
  unsigned status = 0;
  std::uint64_t bytes = 0;  ///< of the body that went out
  std::chrono::milliseconds took{};
  std::string fault;    ///< what went wrong on our side
  std::string refused;  ///< why a connection was closed at once; then there is no request
};

/// `{"address":…,"bytes":…,…}` and a newline.
std::string access_line(const AccessRow& row);

}  // namespace bundle::serve
