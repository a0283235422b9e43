#include "serve/server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/loopback_client.hpp"
#include "support/served_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using namespace bundle::serve;
using test::connect_to;
using test::hear;
using test::holds;
using test::say;

namespace {

Server::Respond respond_with(Responder& responder) {
  return [&responder](const Request& request) { return responder.answer(request); };
}

/// A server of a small bundle on loopback, for as long as it lives.
class Running {
 public:
  explicit Running(ServerOptions options = {})
      : server_(with_place(std::move(options)), respond_with(bundle.responder),
                [this](const AccessRow& row) {
                  const std::lock_guard lock(mutex_);
                  rows_.push_back(row);
                }),
        thread_([this] { server_.run([] { return false; }); }) {}
  ~Running() { server_.stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Endpoint endpoint() const { return server_.endpoint(); }
  std::vector<AccessRow> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

  test::ServedBundle bundle;

 private:
  static ServerOptions with_place(ServerOptions options) {
    options.listen = parse_endpoint("127.0.0.1:0");
    return options;
  }

  std::mutex mutex_;
  std::vector<AccessRow> rows_;
  Server server_;
  std::jthread thread_;
};

std::string ask(const Running& server, std::string_view request) {
  const UniqueFd fd = connect_to(server.endpoint().port);
  say(fd, request);
  return hear(fd);
}

std::string get_closing(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target);
}

std::string body_in(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("an entry comes over a socket, and the log says so") {
  Running server;
  const std::string answer = ask(server, get_closing("/files/model.gguf"));
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(body_in(answer) == server.bundle.content("files/model.gguf"));
  const std::vector<AccessRow> rows = server.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].address == "127.0.0.1");
  CHECK(rows[0].target == "/files/model.gguf");
  CHECK(rows[0].status == 200);
  CHECK(rows[0].bytes == 2'500'000);
  CHECK(holds(access_line(rows[0]), R"("method":"GET")"));
}

TEST_CASE("many clients at once get each their own bytes") {
  Running server;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&, i] {
        const std::string path = i % 2 == 0 ? "files/model.gguf" : "charts/demo.tgz";
        const std::string whole = body_in(ask(server, get_closing("/" + path)));
        const std::string stretch = body_in(
            ask(server, "GET /" + path + " HTTP/1.1\r\nRange: bytes=100-199\r\nConnection: close\r\n\r\n"));
        const std::string tags = body_in(ask(server, get_closing("/v2/quay.io/example/tool/tags/list")));
        const std::string& content = server.bundle.content(path);
        right += whole == content && stretch == content.substr(100, 100) && tags.ends_with("\"tags\":[]}");
      });
    }
  }
  CHECK(right == 16);
  CHECK(server.rows().size() == 3 * 16);
}

TEST_CASE("several requests share a connection, the second one sent before the first is answered") {
  Running server;
  const std::string answer = ask(
      server, "HEAD /charts/demo.tgz HTTP/1.1\r\nHost: x\r\n\r\n" + get_closing("/rpms/keys/base-ABCD.asc"));
  CHECK(holds(answer, "Content-Length: 5000\r\n"));
  CHECK(answer.ends_with("\r\n\r\na key\n"));
}

TEST_CASE("the last stretch of a wrong entry is held back, and others are served") {
  Running server;
  server.bundle.flip_byte("files/model.gguf", 10);
  const std::string answer = ask(server, get_closing("/files/model.gguf"));
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(body_in(answer).size() < 2'500'000);
  const std::vector<AccessRow> rows = server.rows();
  REQUIRE(rows.size() == 1);
  CHECK(holds(rows[0].fault, "files/model.gguf"));
  CHECK(body_in(ask(server, get_closing("/charts/demo.tgz"))) == server.bundle.content("charts/demo.tgz"));
}

TEST_CASE("a wrong entry that is small is refused in words") {
  Running server;
  server.bundle.flip_byte("charts/demo.tgz", 10);
  const std::string answer = ask(server, get_closing("/charts/demo.tgz"));
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK(holds(answer, "charts/demo.tgz: its SHA-256 is"));
}

TEST_CASE("heads that are too large, or none, are refused in words") {
  Running server;
  const std::string large = "GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'a') + "\r\n\r\n";
  CHECK(ask(server, large).starts_with("HTTP/1.1 431 "));
  CHECK(ask(server, "this is nothing\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(ask(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(ask(server, "GET /a/../b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a body is not read") {
  Running server;
  const std::string answer =
      ask(server, "PUT /v2/a/manifests/b HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" +
                      std::string(100'000, 'a'));
  CHECK(answer.starts_with("HTTP/1.1 405 "));
  CHECK(holds(answer, "Connection: close\r\n"));
}

TEST_CASE("a head that drips ends with its deadline, however often a byte comes") {
  Running server({.limits = {.head = std::chrono::milliseconds(300)}});
  const UniqueFd fd = connect_to(server.endpoint().port);
  std::atomic<bool> is_over = false;
  const auto begin = std::chrono::steady_clock::now();
  std::jthread dripping([&] {
    while (!is_over) {
      say(fd, "a");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it is the attack
    }
  });
  CHECK(hear(fd).empty());
  is_over = true;
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("a client has as many connections as it may, and those that are not allowed none") {
  SUBCASE("the cap of one client") {
    Running server({.limits = {.connections_of_one = 2}});
    const UniqueFd first = connect_to(server.endpoint().port);
    const UniqueFd second = connect_to(server.endpoint().port);
    CHECK(ask(server, get_closing("/v2/")).empty());
    const std::vector<AccessRow> rows = server.rows();
    REQUIRE(rows.size() == 1);
    CHECK(holds(access_line(rows[0]), "as many connections as one client may"));
  }
  SUBCASE("--allow") {
    Running server({.allow = {parse_network("10.0.0.0/8")}});
    CHECK(ask(server, get_closing("/v2/")).empty());
    REQUIRE(server.rows().size() == 1);
    CHECK(server.rows()[0].refused == "not in --allow");
  }
  SUBCASE("all places taken: who comes later waits for one") {
    Running server({.limits = {.head = std::chrono::milliseconds(300), .connections = 1}});
    const UniqueFd idle = connect_to(server.endpoint().port);
    CHECK(ask(server, get_closing("/v2/")).starts_with("HTTP/1.1 200 "));
  }
}

TEST_CASE("an address that is taken is said") {
  Running server;
  test::ServedBundle bundle;
  const Error error = test::thrown_by([&] {
    Server({.listen = server.endpoint()}, respond_with(bundle.responder), [](const AccessRow&) {});
  });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(holds(error.message(), "cannot listen on 127.0.0.1:"));
}

TEST_CASE("a log that fails ends the server with its error") {
  test::ServedBundle bundle;
  Server server({.listen = parse_endpoint("127.0.0.1:0")}, respond_with(bundle.responder),
                [](const AccessRow&) { fail(ErrorKind::no_space, "full"); });
  std::jthread client([&] {
    const UniqueFd fd = connect_to(server.endpoint().port);
    say(fd, get_closing("/v2/"));
    hear(fd);
  });
  CHECK(test::thrown_by([&] { server.run([] { return false; }); }).kind() == ErrorKind::no_space);
}
