#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/process.hpp"
#include "net/curl_client.hpp"
#include "support/test_server.hpp"

using namespace bundle;
using namespace bundle::net;
using namespace std::chrono_literals;
using test::test_content;
using test::TestServer;

namespace {

/// A server with its own certificate for 127.0.0.1.
struct TlsServer {
  TempDir folder;
  std::string cert = folder.path() / "cert.pem";
  std::string key = folder.path() / "key.pem";
  TestServer server = start();

  TestServer start() {
    PosixRunner runner;
    run_checked(runner,
                {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                          "-nodes", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days",
                          "2", "-keyout", key, "-out", cert}});
    return TestServer::hostile({"--tls", cert, key});
  }
  std::string url(const std::string& path) const {
    return fmt::format("https://127.0.0.1:{}{}", server.port(), path);
  }
};

CurlOptions trusting(const std::string& ca_file) {
  CurlOptions options;
  options.retry = {.max_attempts = 3, .first_wait = 2ms};
  options.ca_file = ca_file;
  return options;
}

}  // namespace

TEST_CASE("a certificate must be signed by a known CA") {
  const TlsServer tls;
  CurlClient client(trusting(tls.cert));
  CHECK(client.send({.url = tls.url("/ok/10")}).body == test_content(10));
  CurlClient stranger(trusting(""));
  try {
    stranger.send({.url = tls.url("/ok/10")});
    FAIL("the certificate was taken");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::network);
    CHECK(error.message().find("certificate is not trusted") != std::string::npos);
    CHECK(error.message().find("tried") == std::string::npos);
    CHECK(error.hint().find("SSL_CERT_FILE") != std::string::npos);
  }
  CHECK(stranger.send({.url = tls.url("/ok/10"), .tls_client = TlsClient{.ca_file = tls.cert}}).status ==
        200);
}

TEST_CASE("the environment names the CAs") {
  const TlsServer tls;
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    unsetenv("CURL_CA_BUNDLE");
    setenv(name, tls.cert.c_str(), 1);
    CurlClient client(trusting(""));
    unsetenv(name);
    CHECK(client.send({.url = tls.url("/ok/10")}).status == 200);
  }
}

TEST_CASE("https never turns into http") {
  const TlsServer tls;
  const TestServer plain = TestServer::hostile();
  CurlClient client(trusting(tls.cert));
  CHECK_THROWS_AS(client.send({.url = tls.url("/redirect?to=" + plain.url("/ok/10"))}), Error);
  CHECK(client.send({.url = plain.url("/redirect?to=" + tls.url("/ok/10"))}).status == 200);
}
