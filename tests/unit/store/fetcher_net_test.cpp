#include <thread>

#include "net/curl_client.hpp"
#include "store/fetcher.hpp"
#include "support/error_of.hpp"
#include "support/test_server.hpp"

using namespace bundle;
using namespace bundle::store;
using namespace std::chrono_literals;
using test::test_content;

namespace {

net::CurlOptions impatient() {
  net::CurlOptions options;
  options.retry = {.max_attempts = 3, .first_wait = 2ms, .progress_bytes = 1000};
  options.stall_window = 1s;
  return options;
}

struct World {
  test::TestServer server = test::TestServer::hostile();
  TempDir folder;
  net::CurlClient http{impatient()};
  spec::Mirrors mirrors;
  Cache cache{folder.path()};
  Fetcher fetcher{http, mirrors, cache};

  Wanted wanted(const std::string& path, const std::string& content) const {
    return {.url = server.url(path), .hex = sha256_hex(content), .limit_bytes = 1 << 20};
  }
};

}  // namespace

TEST_CASE("a broken download is completed, whatever the server can do") {
  World world;
  const std::string content = test_content(10000);
  for (const std::string path : {"/broken/10000/3000", "/no-range/10000/3000", "/stall-once/10000/5000"}) {
    const Fetched fetched = world.fetcher.fetch(world.wanted(path, content));
    CHECK(read_file(fetched.path, 1 << 20) == content);
    std::filesystem::remove(fetched.path);
  }
}

TEST_CASE("an earlier part that is longer than all is thrown away when the server refuses to go on there") {
  World world;
  const std::string content = test_content(10000);
  const Wanted wanted = world.wanted("/refuses-range/10000/416", content);
  pwrite_all(world.cache.open_partial(wanted.url + "\n" + wanted.hex).fd(), as_bytes(content + "more"), 0,
             "partial");
  CHECK(read_file(world.fetcher.fetch(wanted).path, 1 << 20) == content);
}

TEST_CASE("a hostile upstream gets an error of the right kind and leaves nothing that looks whole") {
  World world;
  const std::string content = test_content(10000);
  const auto kind_for = [&](const std::string& path) {
    return test::error_of([&] { world.fetcher.fetch(world.wanted(path, content)); }).kind();
  };
  CHECK(kind_for("/changing/10000/3000") == ErrorKind::integrity);
  CHECK(kind_for("/ok/9999") == ErrorKind::integrity);
  CHECK(kind_for("/endless") == ErrorKind::integrity);
  CHECK(kind_for("/huge/1073741824") == ErrorKind::integrity);
  CHECK(kind_for("/redirect?to=file:///etc/passwd") == ErrorKind::integrity);
  CHECK(kind_for("/stall/100") == ErrorKind::network);
  CHECK(kind_for("/status/403") == ErrorKind::network);
  CHECK(kind_for("/status/500") == ErrorKind::network);
  CHECK(kind_for("/status/404") == ErrorKind::network);  // gone: its checksum is known
  CHECK_FALSE(std::filesystem::exists(world.folder.path() / "sha256"));
}

TEST_CASE("two builds may fetch the same thing at once") {
  World world;
  const std::string content = test_content(200000);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const Fetched fetched = world.fetcher.fetch(world.wanted("/ok/200000", content));
      good += read_file(fetched.path, 1 << 20) == content ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(good == 6);
  CHECK(list_folder(world.folder.path() / "partial").empty());
}
