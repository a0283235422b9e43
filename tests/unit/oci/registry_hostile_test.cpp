#include <sys/resource.h>

#include <fstream>

#include "base/fs.hpp"
#include "base/json.hpp"
#include "net/curl_client.hpp"
#include "oci/registry.hpp"
#include "support/error_of.hpp"
#include "support/test_server.hpp"

using namespace bundle;
using namespace bundle::oci;
using namespace std::chrono_literals;
using test::error_of;

namespace {

net::CurlOptions impatient() {
  net::CurlOptions options;
  options.retry = {.max_attempts = 3, .first_wait = 2ms, .progress_bytes = 1000};
  options.stall_window = 1s;
  return options;
}

/// The hostile server as mirror of a registry that does not exist.
struct World {
  test::TestServer other = test::TestServer::hostile();
  test::TestServer server = test::TestServer::hostile({"--other", other.url("/ok/1000")});
  net::CurlClient http{impatient()};
  spec::Mirrors mirrors{{{"registry.invalid", {"http://127.0.0.1:" + std::to_string(server.port())}}}};

  Error failure(const std::string& repository) {
    const Registry registry(http, mirrors, {});
    return error_of(
        [&] { registry.resolve(spec::reference("registry.invalid/" + repository + ":1"), "linux/amd64"); });
  }
};

long peak_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("a hostile registry gets an error of the right kind, in bounded memory") {
  World world;
  const long before = peak_memory_kib();
  CHECK(world.failure("garbage").kind() == ErrorKind::integrity);
  CHECK(world.failure("self").kind() == ErrorKind::integrity);
  for (const std::string repository : {"huge", "endless"}) {
    const Error error = world.failure(repository);
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(test::contains(error.message(), "4194304"));
  }
  CHECK(world.failure("stalled").kind() == ErrorKind::network);
  const Error forbidden = world.failure("forbidden");
  CHECK(forbidden.kind() == ErrorKind::network);
  CHECK(test::contains(forbidden.message(), "DENIED: not for you"));
  CHECK(peak_memory_kib() - before < 64 << 10);
}

TEST_CASE("a login opens its registry and is shown to nobody else") {
  World world;
  const TempDir folder;
  PosixRunner runner;
  const std::string host = "127.0.0.1:" + std::to_string(world.server.port());
  std::ofstream(folder.path() / "config.json")
      << R"({"auths":{")" << host << R"(":{"auth":"bWU6c2VjcmV0"}}})";
  const Registry registry(world.http, world.mirrors, Credentials({folder.path() / "config.json"}, runner));
  const std::string content = test::test_content(1000);
  std::string got;
  const net::BodySink sink = [&](Bytes bytes, std::uint64_t) { got += as_text(bytes); };
  registry.fetch_blob(spec::reference("registry.invalid/private:1"), {spec::Digest::of(content), 1000, ""}, 0,
                      sink);
  CHECK(got == content);
  const json::Value log = json::parse(world.http.send({.url = world.other.url("/log")}).body, "log");
  REQUIRE(log.if_array()->size() == 1);
  CHECK(log.if_array()->front().find("headers")->find("authorization") == nullptr);
}
