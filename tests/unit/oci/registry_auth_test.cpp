#include <fstream>

#include "base/fs.hpp"
#include "oci/registry.hpp"
#include "support/error_of.hpp"
#include "support/fake_image.hpp"

using namespace bundle;
using namespace bundle::oci;
using test::contains;
using test::error_of;
using test::header_of;

namespace {

const std::string kContent = "0123456789";

/// A registry that lets in whoever shows `accepted`, and a token server that gives it out.
struct World {
  TempDir folder;
  PosixRunner runner;
  test::FakeHttp http;
  spec::Mirrors mirrors;
  std::string accepted = "Bearer good-1";
  std::string challenge =
      R"(Bearer realm="https://auth.example/token",service="quay.io",scope="repository:team/tool:pull")";
  std::string token_answer = R"({"token":"good-1","expires_in":300})";
  const std::string blob_url = "https://quay.io/v2/team/tool/blobs/" + spec::Digest::of(kContent).str();
  const std::string token_url =
      "https://auth.example/token?service=quay.io&scope=repository%3Ateam%2Ftool%3Apull";

  World() {
    http.on(blob_url, [this](const net::HttpRequest& request) -> net::HttpResponse {
      if (header_of(request, "Authorization") != accepted) {
        return {.status = 401, .headers = {{"www-authenticate", challenge}}};
      }
      return {.status = request.range_from > 0 ? 206 : 200, .body = kContent.substr(request.range_from)};
    });
    http.on(token_url,
            [this](const auto&) { return net::HttpResponse{.status = 200, .body = token_answer}; });
  }

  Registry registry(const std::string& config = "{}") {
    std::ofstream(folder.path() / "config.json") << config;
    return {http, mirrors, Credentials({folder.path() / "config.json"}, runner)};
  }
  std::string fetch(const Registry& registry) {
    std::string got;
    const net::BodySink sink = [&](Bytes bytes, std::uint64_t) { got += as_text(bytes); };
    registry.fetch_blob(spec::reference("quay.io/team/tool:1"),
                        {spec::Digest::of(kContent), kContent.size(), ""}, 0, sink);
    return got;
  }
  Error failure(const Registry& registry) {
    return error_of([&] { fetch(registry); });
  }
};

const std::string kLogin = R"({"auths":{"quay.io":{"auth":"bWU6c2VjcmV0"}}})";  // me:secret

}  // namespace

TEST_CASE("a token is fetched once for a repository, without a login for nobody") {
  World world;
  const Registry registry = world.registry();
  CHECK(world.fetch(registry) == kContent);
  CHECK(world.fetch(registry) == kContent);
  CHECK(world.http.lines() == std::vector{"GET " + world.blob_url, "GET " + world.token_url,
                                          "GET " + world.blob_url, "GET " + world.blob_url});
  CHECK(header_of(world.http.requests()[1], "Authorization").empty());
}

TEST_CASE("a token is asked for as patiently as what it is for") {
  World world;
  const Registry registry = world.registry();
  const std::string url = "https://quay.io/v2/team/tool/manifests/1";
  world.http.on(url, [&](const auto&) {
    return net::HttpResponse{.status = 401, .headers = {{"www-authenticate", world.challenge}}};
  });
  error_of([&] { registry.current_digest(spec::reference("quay.io/team/tool:1")); });
  CHECK(world.http.lines() == std::vector{"HEAD " + url, "GET " + world.token_url, "HEAD " + url});
  CHECK(world.http.requests()[1].patience == net::Patience::once);
  world.fetch(world.registry());
  CHECK(world.http.lines().at(4) == "GET " + world.token_url);
  CHECK(world.http.requests()[4].patience == net::Patience::usual);
}

TEST_CASE("a login goes to the token server of its own registry only") {
  World world;
  CHECK(world.fetch(world.registry(kLogin)) == kContent);
  CHECK(header_of(world.http.requests().at(1), "Authorization") == "Basic bWU6c2VjcmV0");
  World other;
  CHECK(other.fetch(other.registry(R"({"auths":{"ghcr.io":{"auth":"bWU6c2VjcmV0"}}})")) == kContent);
  for (const net::HttpRequest& request : other.http.requests()) {
    CHECK_FALSE(contains(header_of(request, "Authorization"), "Basic"));
  }
}

TEST_CASE("an identity token is exchanged by POST") {
  World world;
  world.http.on("https://auth.example/token", [](const auto&) {
    return net::HttpResponse{.status = 200, .body = R"({"access_token":"good-1"})"};
  });
  CHECK(world.fetch(world.registry(R"({"auths":{"quay.io":{"identitytoken":"a+b"}}})")) == kContent);
  const net::HttpRequest& request = world.http.requests().at(1);
  CHECK(request.method == "POST");
  CHECK(contains(request.body, "grant_type=refresh_token&refresh_token=a%2Bb"));
}

TEST_CASE("Basic is used where it is asked for") {
  World world;
  world.challenge = R"(Basic realm="x")";
  world.accepted = "Basic bWU6c2VjcmV0";
  CHECK(world.fetch(world.registry(kLogin)) == kContent);
  const Error error = world.failure(world.registry());
  CHECK(error.kind() == ErrorKind::network);
  CHECK(contains(error.hint(), "docker login quay.io"));
}

TEST_CASE("a token that is no longer taken is fetched again, once") {
  World world;
  const Registry registry = world.registry();
  world.fetch(registry);
  world.accepted = "Bearer good-2";
  world.token_answer = R"({"token":"good-2"})";
  CHECK(world.fetch(registry) == kContent);
  world.accepted = "Bearer never";
  const std::size_t before = world.http.requests().size();
  CHECK(world.failure(registry).kind() == ErrorKind::network);
  CHECK(world.http.requests().size() <= before + 3);
}

TEST_CASE("a token that runs out in the middle of a blob is fetched again, and the blob goes on") {
  World world;
  struct Expiring final : net::HttpClient {
    World& world;
    explicit Expiring(World& given) : world(given) {}
    net::HttpResponse send(const net::HttpRequest& request, const net::BodySink* sink) override {
      net::HttpResponse whole = world.http.send(request, nullptr);
      if (sink == nullptr || whole.status >= 300) {
        return whole;
      }
      (*sink)(as_bytes(std::string_view(whole.body).substr(0, 3)), request.range_from);
      if (whole.body.size() <= 3) {
        return {.status = 206};
      }
      return {.status = 401,  // when it asked for the rest
              .headers = {{"www-authenticate", world.challenge}},
              .final_url = request.url};
    }
  } http(world);
  const Registry registry(http, world.mirrors, {});
  CHECK(world.fetch(registry) == kContent);
}

TEST_CASE("what another host asks for, after a redirect, gets no login") {
  for (const std::string challenge : {R"(Bearer realm="https://evil.example/token")", R"(Basic realm="x")"}) {
    World world;
    world.http.on(world.blob_url, [&](const auto&) {
      return net::HttpResponse{.status = 401,
                               .headers = {{"www-authenticate", challenge}},
                               .final_url = "https://cdn.example/blob?secret"};
    });
    const Error error = world.failure(world.registry(kLogin));
    CHECK(error.kind() == ErrorKind::network);
    CHECK(world.http.lines() == std::vector{"GET " + world.blob_url});
    CHECK(contains(error.message(), "(redirected to https://cdn.example/blob?...) answered 401"));
    CHECK(contains(error.hint(), "cdn.example"));
  }
}

TEST_CASE("an encrypted registry must not send us to an open token server") {
  World world;
  for (const std::string realm : {"http://auth.example/token", "file:///etc/passwd", ""}) {
    world.challenge = "Bearer realm=\"" + realm + "\"";
    const std::size_t before = world.http.requests().size();
    CHECK(world.failure(world.registry(kLogin)).kind() == ErrorKind::integrity);
    CHECK(world.http.requests().size() == before + 1);
  }
}

TEST_CASE("an answer of the token server that is no token is refused") {
  World world;
  for (const std::string answer :
       {"", "<html>", "[]", "{}", R"({"token":7})", R"({"token":"a\r\nX-Evil: 1"})", R"({"token":""})"}) {
    world.token_answer = answer;
    CHECK(world.failure(world.registry()).kind() == ErrorKind::integrity);
  }
}

TEST_CASE("a token server that refuses a login says so") {
  World world;
  world.http.on(world.token_url, [](const auto&) { return net::HttpResponse{.status = 401}; });
  const Error error = world.failure(world.registry(kLogin));
  CHECK(error.kind() == ErrorKind::network);
  CHECK(contains(error.hint(), "docker login quay.io"));
  CHECK_FALSE(contains(render(error), "secret"));
  CHECK(
      contains(world.failure(world.registry()).hint(), "quay.io wants a login: try 'docker login quay.io'"));
}
