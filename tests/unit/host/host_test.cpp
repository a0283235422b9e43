#include "host/host.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"
#include "support/thrown.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;
using test::holds;
using test::thrown_by;

}  // namespace

TEST_CASE("a path of the host lies below its root, whatever it begins with") {
  HealthyHost fake;
  CHECK(fake.host.at("/etc/hosts") == fake.root.path() / "etc/hosts");
  CHECK(fake.host.at("//etc/hosts") == fake.root.path() / "etc/hosts");
  CHECK(fake.host.at("etc/hosts") == fake.root.path() / "etc/hosts");
  CHECK(fake.host.at("/").lexically_normal() == (fake.root.path() / "").lexically_normal());
}

TEST_CASE("a small file is read without the white space at its end, and only there") {
  HealthyHost fake;
  fake.put("/a", "  one \n two \t\n\n");
  CHECK(fake.host.read("/a") == "  one \n two");
  fake.put("/empty", "");
  CHECK(fake.host.read("/empty") == "");
  fake.put("/blank", " \n");
  CHECK(fake.host.read("/blank") == "");
}

TEST_CASE("what cannot be read is nothing: absent, a folder, a dangling link, a file that is too long") {
  HealthyHost fake;
  CHECK(fake.host.read("/none") == std::nullopt);
  CHECK(fake.host.read("/etc") == std::nullopt);
  fake.link("/dangling", "nowhere");
  CHECK(fake.host.read("/dangling") == std::nullopt);
  fake.put("/long", "x");
  std::filesystem::resize_file(fake.host.at("/long"), (16 << 20) + 1);
  CHECK(fake.host.read("/long") == std::nullopt);
  std::filesystem::resize_file(fake.host.at("/long"), 16 << 20);
  CHECK(fake.host.read("/long").has_value());
}

TEST_CASE("a dangling link is there, as whoever would write over it must know") {
  HealthyHost fake;
  CHECK_FALSE(fake.host.exists("/dangling"));
  fake.link("/dangling", "nowhere");
  CHECK(fake.host.exists("/dangling"));
  CHECK(fake.host.exists("/etc"));
}

TEST_CASE("the names in a folder are sorted, and there are none where there is no folder") {
  HealthyHost fake;
  for (const char* name : {"b", "a", ".c", "10", "9"}) {
    fake.put(std::string("/folder/") + name, "");
  }
  CHECK(fake.host.list("/folder") == std::vector<std::string>{".c", "10", "9", "a", "b"});
  CHECK(fake.host.list("/none").empty());
}

TEST_CASE("run wants status 0 and shows what was said, ask takes any status") {
  HealthyHost fake;
  fake.runner.on({"mount"}, {.status = 32, .out = "", .err = "mount: only root can do that\n"});
  CHECK(fake.host.ask({"mount", "-a"}).status == 32);
  const Error error = thrown_by([&] { fake.host.run({"mount", "-a"}); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "mount -a"));
  CHECK(holds(error.message(), "32"));
  CHECK(holds(error.message(), "only root can do that"));
}

TEST_CASE("a program that is not there answers 127, as in a shell; other failures are thrown") {
  HealthyHost fake;
  const CommandResult result = fake.host.ask({"no-such", "x"});
  CHECK(result.status == 127);
  CHECK(result.err == "cannot run no-such: not found");
  CHECK(thrown_by([&] { fake.host.run({"no-such"}); }).kind() == ErrorKind::usage);
  fake.runner.on({"slow"},
                 [](const Command&) -> CommandResult { throw Error(ErrorKind::step, "timed out"); });
  CHECK(thrown_by([&] { fake.host.ask({"slow"}); }).message() == "timed out");
}

TEST_CASE("a question waits a minute, work five, unless more is said") {
  HealthyHost fake;
  std::vector<std::int64_t> seconds;
  fake.runner.on({"x"}, [&](const Command& command) {
    seconds.push_back(command.timeout.count());
    return CommandResult{};
  });
  fake.host.ask({"x"});
  fake.host.run({"x"});
  fake.host.ask({"x"}, std::chrono::seconds(7));
  fake.host.run({"x"}, std::chrono::seconds(8));
  CHECK(seconds == std::vector<std::int64_t>{60, 300, 7, 8});
}

TEST_CASE("time passes by the steady clock alone, never less than nothing") {
  HealthyHost fake;
  using Clock = std::chrono::steady_clock;
  const auto at = [](std::int64_t count) { return Clock::time_point(Clock::duration(count)); };
  Clock::time_point now = at(5'000'000'000);
  fake.host.steady = [&] { return now; };
  CHECK(fake.host.since(at(2'000'000'000)) == std::chrono::seconds(3));
  CHECK(fake.host.since(now) == std::chrono::seconds(0));
  CHECK(fake.host.since(at(5'000'000'001)) == std::chrono::seconds(0));
  now = at(INT64_MAX);
  CHECK(fake.host.since(at(INT64_MIN)).count() == INT64_MAX);
  now = at(INT64_MIN);
  CHECK(fake.host.since(at(INT64_MAX)).count() == 0);
}

}  // namespace bundle::host
