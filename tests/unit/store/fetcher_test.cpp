#include "store/fetcher.hpp"

#include <fstream>

#include "support/error_of.hpp"
#include "support/fake_http.hpp"

using namespace bundle;
using namespace bundle::store;
using test::contains;
using test::error_of;

namespace {

struct World {
  TempDir folder;
  test::FakeHttp http;
  spec::Mirrors mirrors{{{"https://up", {"http://one", "http://two/up"}}}};
  Cache cache{folder.path()};
  Fetcher fetcher{http, mirrors, cache};
  const std::string url = "https://up/a.rpm";

  Wanted wanted(const std::string& content, HashKind kind = HashKind::sha256) const {
    Hasher hasher(kind);
    hasher.update(content);
    return {.url = url, .kind = kind, .hex = hasher.finish_hex(), .size_bytes = content.size()};
  }
  void leave_partial(const Wanted& about, const std::string& bytes) const {
    const Partial partial = cache.open_partial(about.url + "\n" + about.hex);
    pwrite_all(partial.fd(), as_bytes(bytes), 0, "partial");
  }
};

net::HttpResponse refuse(const net::HttpRequest& request) {
  fail(ErrorKind::network, "cannot fetch {}: no connection", request.url);
}

}  // namespace

TEST_CASE("what was fetched once comes from the cache") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  for (const HashKind kind : {HashKind::sha256, HashKind::sha1, HashKind::sha512}) {
    const Wanted wanted = world.wanted("content", kind);
    const Fetched first = world.fetcher.fetch(wanted);
    CHECK_FALSE(first.from_cache);
    CHECK(read_file(first.path, 100) == "content");
    CHECK(first.sha256_hex == sha256_hex("content"));
    const Fetched second = world.fetcher.fetch(wanted);
    CHECK(second.from_cache);
    CHECK(second.path == first.path);
    CHECK(second.sha256_hex == first.sha256_hex);
    CHECK(second.size_bytes == 7);
  }
  CHECK(world.http.requests().size() == 3);
}

TEST_CASE("the head of a thing is fetched alone, from the first place that has it") {
  World world;
  world.http.serve("http://two/up/a.rpm", "the whole content");
  CHECK(world.fetcher.fetch_head(world.url, 3) == "the");
  CHECK(world.fetcher.fetch_head(world.url, 100) == "the whole content");
  CHECK(world.http.requests().back().head_bytes == 100);
  CHECK(world.http.requests().back().patience == net::Patience::once);
  CHECK(error_of([&] { world.fetcher.fetch_head("https://up/b.rpm", 3); }).kind() == ErrorKind::unresolvable);
}

TEST_CASE("a cached file that has rotted is fetched again") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  const Fetched first = world.fetcher.fetch(world.wanted("content"));
  std::ofstream(first.path) << "cantent";
  CHECK_FALSE(world.fetcher.fetch(world.wanted("content")).from_cache);
  CHECK(read_file(first.path, 100) == "content");
}

TEST_CASE("without a checksum whatever comes is taken, and named by what it is") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  world.leave_partial({.url = world.url}, "older bytes");
  for (int i = 0; i < 2; ++i) {
    const Fetched fetched = world.fetcher.fetch({.url = world.url});
    CHECK(fetched.path == world.cache.blob(HashKind::sha256, sha256_hex("content")));
    CHECK_FALSE(fetched.from_cache);
    CHECK(world.http.requests().back().range_from == 0);
  }
}

TEST_CASE("mirrors are asked in order, the upstream last") {
  World world;
  SUBCASE("404 leads on") { world.http.serve(world.url, "content"); }
  SUBCASE("a broken network leads on") {
    world.http.on("http://one/a.rpm", refuse);
    world.http.on("http://two/up/a.rpm", [](const auto&) { return net::HttpResponse{.status = 503}; });
    world.http.serve(world.url, "content");
  }
  world.fetcher.fetch(world.wanted("content"));
  CHECK(world.http.lines() ==
        std::vector<std::string>{"GET http://one/a.rpm", "GET http://two/up/a.rpm", "GET https://up/a.rpm"});
}

TEST_CASE("what is nowhere is unresolvable or gone, and every place is named") {
  World world;
  const Error error = error_of([&] { world.fetcher.fetch(world.wanted("content")); });
  CHECK(error.kind() == ErrorKind::network);  // its checksum is known, so it was there once
  CHECK(error.message() == "gone: not found at http://one/a.rpm, http://two/up/a.rpm, https://up/a.rpm");
  CHECK(error_of([&] { world.fetcher.fetch_text(world.url, 10); }).kind() == ErrorKind::unresolvable);
}

TEST_CASE("one place that could not be asked makes it a trouble of the network") {
  World world;
  world.http.on("http://two/up/a.rpm", refuse);
  const Error error = error_of([&] { world.fetcher.fetch(world.wanted("content")); });
  CHECK(error.kind() == ErrorKind::network);
  CHECK(error.message() == "cannot fetch http://two/up/a.rpm: no connection");
  REQUIRE(error.context().size() >= 2);
  CHECK(contains(error.context()[0], "asking http://one/a.rpm, which answered: "));
  CHECK(contains(error.context()[0], "404"));
  CHECK(contains(error.context()[1], "asking https://up/a.rpm, which answered: "));
}

TEST_CASE("wrong bytes are an error at once, and leave nothing behind") {
  World world;
  world.http.serve(world.url, "content");
  std::string expected;
  SUBCASE("another checksum") {
    world.http.serve("http://one/a.rpm", "cantent");
    expected =
        "wrong checksum: expected sha256 " + sha256_hex("content") + ", found " + sha256_hex("cantent");
  }
  SUBCASE("too short") {
    world.http.serve("http://one/a.rpm", "conten");
    expected = "wrong size: expected 7 bytes, found 6";
  }
  SUBCASE("too long") {
    world.http.serve("http://one/a.rpm", "content!");
    expected = "too long";
  }
  const Error error = error_of([&] { world.fetcher.fetch(world.wanted("content")); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(contains(error.message(), expected));
  CHECK(contains(error.message(), "a.rpm"));
  CHECK(world.http.requests().size() == 1);
  CHECK(list_folder(world.folder.path() / "partial").empty());
  CHECK_FALSE(std::filesystem::exists(world.folder.path() / "sha256"));
}

TEST_CASE("an announced size over the limit is not fetched") {
  World world;
  Wanted wanted = world.wanted("content");
  wanted.limit_bytes = 6;
  CHECK(error_of([&] { world.fetcher.fetch(wanted); }).kind() == ErrorKind::integrity);
  CHECK(world.http.requests().empty());
}

TEST_CASE("a download that was cut off goes on where it stopped") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  const Wanted wanted = world.wanted("content");
  world.leave_partial(wanted, "cont");
  CHECK(read_file(world.fetcher.fetch(wanted).path, 100) == "content");
  CHECK(world.http.requests().at(0).range_from == 4);
}

TEST_CASE("an earlier part that does not fit is thrown away") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  const Wanted wanted = world.wanted("content");
  SUBCASE("other bytes") { world.leave_partial(wanted, "cant"); }
  SUBCASE("too many bytes") { world.leave_partial(wanted, "content and more"); }
  CHECK(read_file(world.fetcher.fetch(wanted).path, 100) == "content");
}

TEST_CASE("a complete part needs no request") {
  World world;
  world.leave_partial(world.wanted("content"), "content");
  CHECK(read_file(world.fetcher.fetch(world.wanted("content")).path, 100) == "content");
  CHECK(world.http.requests().empty());
}

TEST_CASE("what lies near is taken from there, when it is right") {
  World world;
  struct Near final : NearContent {
    std::string content;
    std::uint64_t claimed_bytes = 7;
    bool is_whole = true;
    std::optional<std::uint64_t> size_bytes(const std::string& sha256) const override {
      return sha256 == sha256_hex("content") ? std::optional(claimed_bytes) : std::nullopt;
    }
    bool read(const std::string&, const net::BodySink& sink) const override {
      sink(as_bytes(content), 0);
      return is_whole;
    }
  } near;
  world.fetcher.look_near(near);
  world.http.serve("http://one/a.rpm", "content");
  std::size_t requests = 1;
  SUBCASE("it is") {
    near.content = "content";
    requests = 0;
  }
  SUBCASE("other bytes") { near.content = "cantent"; }
  SUBCASE("an end before its time") {
    near.content = "content";
    near.is_whole = false;
  }
  SUBCASE("more than may be taken") { near.claimed_bytes = 1ull << 40; }
  CHECK(read_file(world.fetcher.fetch(world.wanted("content")).path, 100) == "content");
  CHECK(world.http.requests().size() == requests);
  CHECK(list_folder(world.folder.path() / "partial").empty());
}

TEST_CASE("the next mirror goes on where the last one broke") {
  World world;
  world.http.on("http://one/a.rpm", refuse);
  world.http.serve("http://two/up/a.rpm", "content");
  const Wanted wanted = world.wanted("content");
  world.leave_partial(wanted, "con");
  world.fetcher.fetch(wanted);
  CHECK(world.http.requests().at(1).range_from == 3);
}

TEST_CASE("the size that a server announces is asked for without the body") {
  World world;
  world.http.serve("http://one/a.rpm", "content");
  CHECK(world.fetcher.announced_size(world.url) == 7u);
  CHECK(world.http.lines().at(0) == "HEAD http://one/a.rpm");
  world.http.on("http://one/a.rpm", [](const auto&) { return net::HttpResponse{.status = 405}; });
  CHECK_FALSE(world.fetcher.announced_size(world.url));
}

TEST_CASE("a place that knows no HEAD does not hide the next one") {
  World world;
  const auto answer = [](int status) {
    return [status](const net::HttpRequest&) { return net::HttpResponse{.status = status}; };
  };
  world.http.on("http://one/a.rpm", answer(405));
  world.http.on("http://two/up/a.rpm", answer(501));
  SUBCASE("which has the size") {
    world.http.serve(world.url, "content");
    CHECK(world.fetcher.announced_size(world.url) == 7u);
  }
  SUBCASE("which lacks it: the first may have it all the same") {
    CHECK_FALSE(world.fetcher.announced_size(world.url));
  }
  SUBCASE("which is in trouble") {
    world.http.on(world.url, refuse);
    CHECK(error_of([&] { world.fetcher.announced_size(world.url); }).message() ==
          "cannot fetch https://up/a.rpm: no connection");
  }
  SUBCASE("nor what all others lack") {
    world.http.on("http://two/up/a.rpm", answer(404));
    world.http.on(world.url, answer(405));
    CHECK_FALSE(world.fetcher.announced_size(world.url));
  }
}
