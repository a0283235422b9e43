#pragma once

#include <string>
#include <vector>

namespace bundle::test {

/// A program that serves on loopback until this object ends. It prints its port as its first line and ends
/// when its stdin closes. Throws when it does not start.
class TestServer {
 public:
  explicit TestServer(const std::vector<std::string>& argv);
  /// tests/support/hostile_server.py with these arguments.
  static TestServer hostile(std::vector<std::string> arguments = {});
  ~TestServer();
  TestServer(TestServer&&) noexcept;

  int port() const { return port_; }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }

 private:
  int pid_ = -1;
  int stdin_ = -1;
  int stdout_ = -1;
  int port_ = 0;
};

/// What the hostile server's `content(size, seed)` gives.
std::string test_content(std::size_t size, unsigned seed = 0);

}  // namespace bundle::test
