#include "support/loopback_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <stdexcept>

namespace bundle::test {

UniqueFd connect_to(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 20};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error(fmt::format("nobody listens on port {}", port));
  }
  return fd;
}

void say(const UniqueFd& fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string hear(const UniqueFd& fd) {
  std::string text;
  std::string buffer(65536, '\0');
  for (ssize_t got = 1; got > 0;) {
    got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    text.append(buffer, 0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  return text;
}

HttpAnswer http_get(const std::string& url) {
  constexpr std::string_view kBegin = "http://127.0.0.1:";
  const std::size_t slash = url.find('/', kBegin.size());
  if (!url.starts_with(kBegin) || slash == std::string::npos) {
    throw std::runtime_error("no URL on loopback: " + url);
  }
  const UniqueFd fd = connect_to(static_cast<std::uint16_t>(std::stoul(url.substr(kBegin.size()))));
  say(fd, fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", url.substr(slash)));
  const std::string text = hear(fd);
  const std::size_t end = text.find("\r\n\r\n");
  constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();
  if (end == std::string::npos) {
    return {};
  }
  HttpAnswer answer{.status = std::stoi(text.substr(kStatusAt, 3)),
                    .head = text.substr(0, end),
                    .body = text.substr(end + 4)};
  answer.is_whole =
      answer.head.find(fmt::format("\r\nContent-Length: {}", answer.body.size())) != std::string::npos;
  return answer;
}

}  // namespace bundle::test
