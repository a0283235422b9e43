#include "cluster/join_lock.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::cluster {
namespace {

using test::holds;
using test::thrown_by;

constexpr const char* kHeld =
    "HTTP/1.1 200 OK\r\n\r\n"
    R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"m1","renewTime":"2036-01-01T00:00:00.000000Z"}})";

struct Asking {
  Asking() {
    world.programs.on({"curl"}, test::FakeRunner::Answer([this](const Command& command) {
                        const bool is_get = command.input.find("request = \"GET\"") != std::string::npos;
                        return is_get ? answers.at(std::min(gets++, answers.size() - 1))
                                      : CommandResult{.status = 0, .out = "HTTP/1.1 201 Created\r\n\r\n{}"};
                      }));
  }

  test::FakeWorld world;
  test::WorldHost host{world};
  ApiClient api{host.host, "10.0.0.100:6553", "ca"};
  std::vector<CommandResult> answers;  ///< to GET, the last one again and again
  std::size_t gets = 0;
};

}  // namespace

TEST_CASE_FIXTURE(Asking, "who waits for another master bears that its API server restarts meanwhile") {
  answers = {{.status = 0, .out = kHeld},
             {.status = 7, .out = "", .err = "curl: (7) connection refused"},
             {.status = 0, .out = "HTTP/1.1 500 Internal Server Error\r\n\r\n"},
             {.status = 0, .out = "HTTP/1.1 404 Not Found\r\n\r\n{}"}};
  const JoinLock lock(host.host, api, "m2", std::chrono::minutes(1));
  CHECK(gets == 4);
}

TEST_CASE_FIXTURE(Asking, "who cannot ask at all does not wait, and patience has an end") {
  answers = {{.status = 7, .out = "", .err = "curl: (7) connection refused"}};
  CHECK(holds(thrown_by([&] { JoinLock(host.host, api, "m2", std::chrono::minutes(1)); }).message(),
              "cannot see whose turn it is: curl: (7) connection refused"));
  answers = {{.status = 0, .out = kHeld}};
  CHECK(holds(thrown_by([&] { JoinLock(host.host, api, "m2", std::chrono::seconds(1)); }).message(),
              "the master m1 is still joining or renewing"));
}

}  // namespace bundle::cluster
