#include "smoke/smoke.hpp"

#include <doctest/doctest.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::smoke {
namespace {

using test::holds;
using test::thrown_by;

constexpr const char* kManifest = "kind: Pod\n";
constexpr const char* kPath = "/var/lib/bundle/manifests/a/smoke.yml";

/// A master whose API server answers what the test says, in turn; its clock goes on by ten seconds a look.
struct Master {
  Master() {
    index.entries.push_back({.path = RelPath("manifests/a/smoke.yml"),
                             .size_bytes = std::string(kManifest).size(),
                             .sha256 = sha256_hex(kManifest)});
    world.put(kPath, kManifest);
    host.host.steady = [this] { return std::chrono::steady_clock::time_point(std::chrono::seconds(clock)); };
    say({"delete"}, CommandResult{});
    say({"apply"}, CommandResult{});
    say({"logs"}, CommandResult{.out = "no GPU\nfound\n"});
    say({"get"}, [this](const Command&) {
      clock += 10;
      const std::string phase = phases.empty() ? last : phases.front();
      if (!phases.empty()) {
        phases.erase(phases.begin());
      }
      last = phase;
      return CommandResult{.out = R"({"kind":"Pod","metadata":{"name":"x","namespace":"n"},"status":{)" +
                                  phase + "}}"};
    });
  }

  template <class Answer>
  void say(std::vector<std::string> words, Answer answer) {
    words.insert(words.begin(), {"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                                 "/var/lib/bundle/kubectl"});
    world.programs.on(std::move(words), std::move(answer));
  }

  Result run() { return run_test(host.host, index, component, std::chrono::seconds(300)); }

  /// The verbs of kubectl that ran, `get` once for several in a row.
  std::vector<std::string> verbs() const {
    std::vector<std::string> all;
    for (const std::string& line : world.programs.ran()) {
      const std::string verb(split_words(line).at(5));
      if (all.empty() || all.back() != verb) {
        all.push_back(verb);
      }
    }
    return all;
  }

  test::FakeWorld world;
  test::WorldHost host{world};
  format::Index index;
  format::Component component{.name = "a", .smoke = "manifests/a/smoke.yml"};
  std::vector<std::string> phases;
  std::string last = R"("phase":"Pending")";
  std::int64_t clock = 0;
};

using Verbs = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Master, "a test that comes to its end passes, and is removed before and after") {
  phases = {R"("phase":"Pending")", R"("phase":"Running")", R"("phase":"Succeeded")"};
  const Result result = run();
  CHECK(result.has_passed);
  CHECK(result.words.empty());
  CHECK(verbs() == Verbs{"delete", "apply", "get", "delete"});
}

TEST_CASE_FIXTURE(Master, "one that fails says why and what it said, and is removed") {
  phases = {R"("phase":"Failed","reason":"Error","message":"exit code 1")"};
  const Result result = run();
  CHECK_FALSE(result.has_passed);
  CHECK(result.words == "pod/x: Error: exit code 1\n  no GPU\n  found");
  CHECK(verbs() == Verbs{"delete", "apply", "get", "logs", "delete"});
}

TEST_CASE_FIXTURE(Master,
                  "one that no node takes is given up after a minute, one that is slow at the limit") {
  SUBCASE("no node") {
    last = R"("phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",)"
           R"("reason":"Unschedulable","message":"Insufficient nvidia.com/gpu"}])";
    const Result result = run();
    CHECK(holds(result.words, "Unschedulable: Insufficient nvidia.com/gpu"));
    CHECK(result.seconds < 120);
  }
  SUBCASE("slow") {
    last = R"("phase":"Running")";
    const Result result = run();
    CHECK(holds(result.words, "not done after"));
    CHECK(result.seconds >= 300);
  }
}

TEST_CASE_FIXTURE(Master, "what the API server refuses has failed") {
  say({"apply"}, CommandResult{.status = 1, .err = "warning: x\nError: pods \"x\" is forbidden\n"});
  CHECK(run().words == "the API server refused it: Error: pods \"x\" is forbidden");
  CHECK(verbs() == Verbs{"delete", "apply", "delete"});
}

TEST_CASE_FIXTURE(Master, "a test that is not the bundle's is not applied") {
  world.put(kPath, "kind: Secret\n");
  CHECK(thrown_by([&] { run(); }).kind() == ErrorKind::integrity);
  CHECK(verbs().empty());
}

TEST_CASE_FIXTURE(Master, "who is stopped removes the test") {
  say({"get"},
      [](const Command&) -> CommandResult { throw Error(ErrorKind::interrupted, "stopped as asked"); });
  CHECK(thrown_by([&] { run(); }).kind() == ErrorKind::interrupted);
  CHECK(verbs() == Verbs{"delete", "apply", "get", "delete"});
}

}  // namespace bundle::smoke
