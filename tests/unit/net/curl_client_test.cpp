#include "net/curl_client.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "net/status.hpp"
#include "support/error_of.hpp"
#include "support/test_server.hpp"

using namespace bundle;
using namespace bundle::net;
using namespace std::chrono_literals;
using test::error_of;
using test::test_content;
using test::TestServer;

namespace {

CurlOptions impatient() {
  CurlOptions options;
  options.retry = {.max_attempts = 3, .first_wait = 2ms, .max_backoff = 10ms, .progress_bytes = 1000};
  options.stall_window = 20s;  // a busy machine is no stall
  return options;
}

CurlOptions quick_to_give_up() {
  CurlOptions options = impatient();
  options.stall_window = 400ms;
  return options;
}

TestServer& server() {
  static TestServer one = TestServer::hostile();
  return one;
}

struct Collected {
  std::string content;
  int restarts = 0;
  BodySink sink = [this](Bytes bytes, std::uint64_t offset) {
    if (offset == 0 && !content.empty()) {
      ++restarts;
    }
    REQUIRE(offset <= content.size());
    content.resize(offset);
    content += as_text(bytes);
  };
};

/// Runs what may throw or not.
template <class Function>
void try_it(Function&& function) {
  try {
    function();
  } catch (const Error& error) {  // what is asked about is how often it tried
    CHECK(error.kind() != ErrorKind::bug);
  }
}

/// The requests whose path begins so.
std::vector<json::Value> requests(CurlClient& client, const TestServer& at, const std::string& path) {
  const json::Value log =
      json::parse(client.send({.url = at.url("/log"), .limit_bytes = 16 << 20}).body, "log");
  std::vector<json::Value> found;
  for (const json::Value& row : *log.if_array()) {
    if (row.find("path")->if_string()->starts_with(path)) {
      found.push_back(row);
    }
  }
  return found;
}

std::string sent_header(const json::Value& request, const std::string& name) {
  const json::Value* value = request.find("headers")->find(name);
  return value == nullptr ? "" : *value->if_string();
}

}  // namespace

TEST_CASE("a body comes whole, in memory or through a sink") {
  CurlClient client(impatient());
  const HttpResponse response = client.send({.url = server().url("/ok/100000")});
  CHECK(response.status == 200);
  CHECK(response.body == test_content(100000));
  CHECK(response.header("etag") == "\"v1\"");
  CHECK(response.final_url == server().url("/ok/100000"));
  Collected got;
  const HttpResponse streamed =
      client.send({.url = server().url("/ok/300000"), .limit_bytes = 300000}, &got.sink);
  CHECK(streamed.body.empty());
  CHECK(got.content == test_content(300000));
  CHECK(client.send({.url = server().url("/ok/5"), .method = "HEAD"}).header("content-length") == "5");
}

TEST_CASE("one connection serves one request after the other") {
  CurlClient client(impatient());
  for (int i = 0; i < 5; ++i) {
    client.send({.url = server().url("/ok/77?keep-alive")});
  }
  const auto rows = requests(client, server(), "/ok/77?keep-alive");
  REQUIRE(rows.size() == 5);
  for (const json::Value& row : rows) {
    CHECK(*row.find("port") == *rows[0].find("port"));
    CHECK(sent_header(row, "user-agent").starts_with("bundle/"));
  }
}

TEST_CASE("a body that breaks off goes on by Range") {
  CurlClient client(impatient());
  Collected got;
  client.send({.url = server().url("/broken/10000/3000"), .limit_bytes = 10000}, &got.sink);
  CHECK(got.content == test_content(10000));
  CHECK(got.restarts == 0);
  const auto rows = requests(client, server(), "/broken/10000/3000");
  REQUIRE(rows.size() == 4);
  CHECK(sent_header(rows[1], "range") == "bytes=3000-");
  CHECK(sent_header(rows[1], "if-range") == "\"v1\"");
}

TEST_CASE("a break without progress is given up") {
  CurlClient client(impatient());
  Collected got;
  const Error error = error_of([&] { client.send({.url = server().url("/broken/10000/10")}, &got.sink); });
  CHECK(error.kind() == ErrorKind::network);
  CHECK(error.message().find("the connection broke off") != std::string::npos);
  CHECK(error.message().find("tried 3 times") != std::string::npos);
}

TEST_CASE("of a content only the head is asked for, and taken where a server sends it all") {
  CurlClient client(impatient());
  const std::string content = test_content(10000);
  for (const char* path : {"/ok/10000", "/no-range/10000/10000"}) {
    const HttpResponse answer = client.send({.url = server().url(path), .head_bytes = 700});
    CHECK(answer.body == content.substr(0, 700));
  }
  CHECK(sent_header(requests(client, server(), "/ok/10000").back(), "range") == "bytes=0-699");
  CHECK(client.send({.url = server().url("/ok/10000"), .head_bytes = 20000}).body == content);
  Collected got;
  client.send({.url = server().url("/ok/10000"), .head_bytes = 700}, &got.sink);
  CHECK(got.content == content.substr(0, 700));
}

TEST_CASE("a server that ignores Range sends everything again, and the sink is told") {
  CurlClient client(impatient());
  Collected got;
  client.send({.url = server().url("/no-range/10000/3000")}, &got.sink);
  CHECK(got.content == test_content(10000));
  CHECK(got.restarts == 1);
  Collected later;
  later.content = test_content(500);
  client.send({.url = server().url("/no-range/10000/3000"), .range_from = 500}, &later.sink);
  CHECK(later.content == test_content(10000));
}

TEST_CASE("a server that sends less than the range asked for is asked for the rest") {
  CurlClient client(impatient());
  Collected got;
  client.send({.url = server().url("/piecemeal/10000/3000"), .limit_bytes = 10000}, &got.sink);
  CHECK(got.content == test_content(10000));
  CHECK(got.restarts == 0);
}

TEST_CASE("pieces that bring bytes are neither waited for nor counted") {
  CurlOptions options = impatient();
  options.retry.first_wait = options.retry.max_backoff = 1s;
  CurlClient client(options);
  const auto started = std::chrono::steady_clock::now();
  Collected got;
  got.content = test_content(500);
  client.send({.url = server().url("/piecemeal/10000/400"), .range_from = 500, .limit_bytes = 10000},
              &got.sink);
  CHECK(got.content == test_content(10000));
  CHECK(std::chrono::steady_clock::now() - started < 8s);  // 24 pieces
}

TEST_CASE("a server that refuses or mistakes a range is asked for everything") {
  CurlClient client(impatient());
  for (const std::string status : {"416", "206"}) {
    Collected got;
    got.content = test_content(500);
    client.send({.url = server().url("/refuses-range/10000/" + status), .range_from = 500}, &got.sink);
    CHECK(got.content == test_content(10000));
    CHECK(got.restarts == 1);
  }
}

TEST_CASE("content that changes between two attempts is not mixed") {
  CurlClient client(impatient());
  for (const std::string query : {"", "?weak"}) {
    Collected got;
    client.send({.url = server().url("/changing/10000/3000" + query)}, &got.sink);
    CHECK(got.content == test_content(10000, 1));
    CHECK(got.restarts == 1);
  }
}

TEST_CASE("a caller goes on from where it is") {
  CurlClient client(impatient());
  Collected got;
  got.content = test_content(4000);
  const HttpResponse response =
      client.send({.url = server().url("/ok/10000"), .range_from = 4000, .limit_bytes = 10000}, &got.sink);
  CHECK(response.status == 206);
  CHECK(got.content == test_content(10000));
}

TEST_CASE("a range that nobody asked for is refused") {
  CurlClient client(impatient());
  Collected got;
  CHECK(error_of([&] { client.send({.url = server().url("/wrong-range")}, &got.sink); }).kind() ==
        ErrorKind::integrity);
  CHECK(got.content.empty());
}

TEST_CASE("a body is never longer than its limit") {
  CurlClient client(impatient());
  for (const std::string path : {"/endless", "/huge/1073741824"}) {
    const Error error = error_of([&] { client.send({.url = server().url(path)}); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.message().find("4194304 bytes") != std::string::npos);
    Collected got;
    CHECK(error_of([&] { client.send({.url = server().url(path), .limit_bytes = 100}, &got.sink); }).kind() ==
          ErrorKind::integrity);
    CHECK(got.content.empty());
  }
  CHECK(client.send({.url = server().url("/ok/100"), .limit_bytes = 100}).body.size() == 100);
}

TEST_CASE("the endless text of an error is cut") {
  CurlClient client(impatient());
  const HttpResponse response = client.send({.url = server().url("/endless?status=403")});
  CHECK(response.status == 403);
  CHECK(response.body.size() == 65536);
}

TEST_CASE("headers without end are refused") {
  CurlClient client(impatient());
  CHECK(error_of([&] { client.send({.url = server().url("/endless-headers")}); }).kind() ==
        ErrorKind::network);
}

TEST_CASE("a stalled or dripping server is given up") {
  CurlClient client(quick_to_give_up());
  for (const std::string path : {"/stall", "/stall/10", "/drip"}) {
    const auto started = std::chrono::steady_clock::now();
    Collected got;
    const Error error = error_of([&] { client.send({.url = server().url(path)}, &got.sink); });
    CHECK(error.kind() == ErrorKind::network);
    CHECK(error.message().find("stalled") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - started < 60s);
  }
}

TEST_CASE("after a stall the rest is fetched") {
  CurlClient client(quick_to_give_up());
  Collected got;
  client.send({.url = server().url("/stall-once/5000/2000")}, &got.sink);
  CHECK(got.content == test_content(5000));
  CHECK(sent_header(requests(client, server(), "/stall-once").back(), "range") == "bytes=2000-");
}

TEST_CASE("a slow sink is no stall") {
  CurlOptions options = impatient();
  options.stall_window = 1500ms;
  options.min_bytes_per_second = 100000;  // with the pause counted, the whole body were too slow
  CurlClient client(options);
  std::size_t size = 0;
  const BodySink sink = [&](Bytes bytes, std::uint64_t) {
    std::this_thread::sleep_for(size == 0 ? 3s : 0s);  // what is slow here is our disk
    size += bytes.size();
  };
  client.send({.url = server().url("/ok/50000?slow-sink")}, &sink);
  CHECK(size == 50000);
  CHECK(requests(client, server(), "/ok/50000?slow-sink").size() == 1);
}

TEST_CASE("what may pass is asked for again") {
  CurlClient client(impatient());
  for (const int status : {408, 429, 500, 502, 503}) {
    const std::string path = fmt::format("/status/{}?times=2", status);
    CHECK(client.send({.url = server().url(path)}).body == "at last");
    CHECK(requests(client, server(), path).size() == 3);
  }
  CHECK(client.send({.url = server().url("/status/503")}).status == 503);
  for (const int status : {401, 403, 404}) {
    const std::string path = fmt::format("/status/{}", status);
    const HttpResponse response = client.send({.url = server().url(path)});
    CHECK(response.status == status);
    CHECK(response.body == "the server's words");
    CHECK(requests(client, server(), path).size() == 1);
  }
}

TEST_CASE("Retry-After is waited for, within bounds") {
  CurlClient client(impatient());
  for (const std::string after : {"after=1", "date=2"}) {
    const auto started = std::chrono::steady_clock::now();
    CHECK(client.send({.url = server().url("/status/429?times=1&" + after)}).body == "at last");
    CHECK(std::chrono::steady_clock::now() - started >= 900ms);
  }
  const std::string url = server().url("/status/429?after=3600");
  const HttpResponse response = client.send({.url = url});
  CHECK(requests(client, server(), "/status/429?after=3600").size() == 1);
  const Error error = status_error(response, url, "the list");
  CHECK(error.kind() == ErrorKind::network);
  CHECK(error.message().find("429 Too Many Requests and asks to wait 3600 s") != std::string::npos);
}

TEST_CASE("redirects are followed, but only to where an upstream may send us") {
  CurlClient client(impatient());
  const TestServer other = TestServer::hostile();
  const HttpResponse response = client.send({.url = server().url("/redirect?to=" + other.url("/ok/10"))});
  CHECK(response.body == test_content(10));
  CHECK(response.final_url == other.url("/ok/10"));
  for (const std::string to : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "//[bad"}) {
    CHECK(error_of([&] { client.send({.url = server().url("/redirect?to=" + to)}); }).kind() ==
          ErrorKind::integrity);
  }
  const Error loop = error_of([&] { client.send({.url = server().url("/loop")}); });
  CHECK(loop.kind() == ErrorKind::network);
  CHECK(requests(client, server(), "/loop").size() == 11);
}

TEST_CASE("credentials stay with the origin that they are for") {
  CurlClient client(impatient());
  const TestServer other = TestServer::hostile();
  const std::vector<std::pair<std::string, std::string>> secrets = {{"Authorization", "Bearer secret"},
                                                                    {"Cookie", "secret"},
                                                                    {"Private-Token", "secret"},
                                                                    {"Accept", "text/x"}};
  const auto sent_to = [&](const std::string& to) {
    return json::parse(client.send({.url = server().url("/redirect?to=" + to), .headers = secrets}).body,
                       "echo");
  };
  const json::Value elsewhere = sent_to(other.url("/echo"));
  CHECK(elsewhere.find("authorization") == nullptr);
  CHECK(elsewhere.find("cookie") == nullptr);
  CHECK(elsewhere.find("private-token") == nullptr);
  CHECK(*elsewhere.find("accept")->if_string() == "text/x");
  CHECK(sent_to(server().url("/echo", "localhost")).find("authorization") == nullptr);
  CHECK(*sent_to("/echo").find("authorization")->if_string() == "Bearer secret");
  // and there again after a detour, they are gone for good
  const std::string back = other.url("/redirect?to=" + server().url("/echo"));
  CHECK(sent_to(back).find("authorization") == nullptr);
}

TEST_CASE(".netrc gives the credentials of its own hosts only") {
  const TempDir home;
  std::ofstream(home.path() / ".netrc") << "machine localhost login me password secret\n";
  const char* old = std::getenv("HOME");
  const std::string old_home = old == nullptr ? "" : old;
  setenv("HOME", home.path().c_str(), 1);
  CurlClient client(impatient());
  const auto echo = [&](const std::string& host) {
    return json::parse(client.send({.url = server().url("/echo", host)}).body, "echo");
  };
  CHECK(*echo("localhost").find("authorization")->if_string() == "Basic bWU6c2VjcmV0");
  CHECK(echo("127.0.0.1").find("authorization") == nullptr);
  setenv("HOME", old_home.c_str(), 1);
}

TEST_CASE("the usual variables name a proxy, and hosts without one") {
  setenv("http_proxy", server().url("").c_str(), 1);
  CurlClient client(impatient());
  CHECK(client.send({.url = "http://only-the-proxy-knows.invalid/ok/10"}).body == test_content(10));
  setenv("NO_PROXY", "only-the-proxy-knows.invalid", 1);
  CHECK(error_of([&] { client.send({.url = "http://only-the-proxy-knows.invalid/ok/10"}); }).kind() ==
        ErrorKind::network);
  unsetenv("http_proxy");
  unsetenv("NO_PROXY");
}

TEST_CASE("a proxy that refuses the way is named as the one who refuses") {
  const TestServer proxy = TestServer::hostile();
  setenv("https_proxy", proxy.url("").c_str(), 1);
  CurlClient client(impatient());
  const auto refusal = [&](int status) {
    return error_of([&] { client.send({.url = fmt::format("https://{}.invalid/", status)}); });
  };
  const Error closed = refusal(407);
  CHECK(closed.kind() == ErrorKind::network);
  CHECK(test::contains(closed.message(), "the proxy refuses the way: it answered 407 Proxy Authentication"));
  CHECK(test::contains(closed.hint(), "https_proxy=http://user:password@proxy:port"));
  CHECK(test::contains(refusal(403).hint(), "no_proxy=HOST"));
  const Error trouble = refusal(503);
  unsetenv("https_proxy");
  CHECK(test::contains(trouble.message(), "503 Service Unavailable (tried 3 times)"));
  CHECK(requests(client, proxy, "407").size() == 1);
}

TEST_CASE("what is down is waited for once, and asked once for each thing until it answers again") {
  CurlClient client(impatient());
  const auto asks = [&](const std::string& path) {
    client.send({.url = server().url(path)});
    CurlClient onlooker(impatient());  // reading the log with `client` would show it that the server is there
    return requests(onlooker, server(), path).size();
  };
  CHECK(asks("/status/503?down=1") == 3);
  CHECK(asks("/status/503?down=2") == 1);
  CHECK(asks("/ok/10?down=3") == 1);
  CHECK(asks("/status/503?down=4") == 3);
}

TEST_CASE("only a server that wore out all attempts is down") {
  CurlClient client(impatient());
  CurlClient onlooker(impatient());
  const auto asks = [&](const std::string& path) {
    try_it([&] { client.send({.url = server().url(path)}); });
    return requests(onlooker, server(), path).size();
  };
  SUBCASE("not one that asks to wait longer than we do") { CHECK(asks("/status/429?after=3600&long") == 1); }
  SUBCASE("not one that is wrong for good") { CHECK(asks("/endless-headers?once") == 1); }
  SUBCASE("not one that was asked once only") {
    const std::string path = "/status/503?patience=once";
    client.send({.url = server().url(path), .patience = Patience::once});
    CHECK(requests(onlooker, server(), path).size() == 1);
  }
  const std::string after =
      fmt::format("/status/503?after-them={}", requests(onlooker, server(), "/").size());
  CHECK(asks(after) == 3);
}

TEST_CASE("a server that was down is asked again for the rest, or for everything, of what it gives now") {
  for (const std::string path :
       {"/refuses-range/10000/416", "/refuses-range/10000/206", "/piecemeal/10000/400"}) {
    CAPTURE(path);
    CurlClient client(impatient());
    CHECK(client.send({.url = server().url("/status/503")}).status == 503);
    Collected got;
    got.content = test_content(500);
    client.send({.url = server().url(path), .range_from = 500, .limit_bytes = 10000}, &got.sink);
    CHECK(got.content == test_content(10000));
  }
}

TEST_CASE("errors of the network are said in words, with the URL and without its secrets") {
  CurlClient client(impatient());
  const Error refused = error_of([&] { client.send({.url = "http://user:secret@127.0.0.1:1/x"}); });
  CHECK(refused.kind() == ErrorKind::network);
  CHECK(refused.message().starts_with("cannot fetch http://127.0.0.1:1/x: no connection: "));
  const Error unknown = error_of([&] { client.send({.url = "http://no-such-host.invalid/"}); });
  CAPTURE(unknown.message());
  CHECK(unknown.kind() == ErrorKind::network);
  CHECK(unknown.message().find("DNS") != std::string::npos);
  CHECK(error_of([&] { client.send({.url = server().url("/no-http")}); }).kind() == ErrorKind::network);
  CHECK(error_of([&] { client.send({.url = "file:///etc/passwd"}); }).kind() == ErrorKind::integrity);
}

TEST_CASE("an exception of the sink ends the transfer and comes through") {
  CurlClient client(impatient());
  const BodySink sink = [](Bytes, std::uint64_t) { fail(ErrorKind::no_space, "full"); };
  CHECK(error_of([&] { client.send({.url = server().url("/ok/100000")}, &sink); }).kind() ==
        ErrorKind::no_space);
}

TEST_CASE("an interrupt ends a silent transfer and a wait") {
  CurlOptions options = impatient();
  options.stall_window = 60s;
  const auto started = std::chrono::steady_clock::now();
  options.interrupted = [started] { return std::chrono::steady_clock::now() - started > 200ms; };
  CurlClient client(options);
  CHECK(error_of([&] { client.send({.url = server().url("/stall")}); }).kind() == ErrorKind::interrupted);
  CHECK(error_of([&] { client.send({.url = server().url("/status/429?after=30")}); }).kind() ==
        ErrorKind::interrupted);
  CHECK(std::chrono::steady_clock::now() - started < 30s);
}

TEST_CASE("a server is asked for as much at once as it may be, and no more") {
  CurlOptions options = impatient();
  options.max_per_host = 3;
  CurlClient client(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 4; ++round) {
        client.send({.url = server().url("/together/three")});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(client.send({.url = server().url("/most/three")}).body == "3");
}

TEST_CASE("many threads fetch through one client") {
  CurlOptions options = impatient();
  options.max_per_host = 3;
  CurlClient client(options);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const std::size_t size = std::size_t{1000} * i + round;
        good += client.send({.url = server().url(fmt::format("/ok/{}", size))}).body == test_content(size)
                    ? 1
                    : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(good == 80);
}
