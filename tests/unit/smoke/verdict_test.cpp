#include "smoke/verdict.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

namespace bundle::smoke {
namespace {

using Kind = Verdict::Kind;

/// "passed", "failed WORDS" or "waiting WORDS" of an object as the API shows it.
std::string verdict(const std::string& kind, const std::string& members) {
  const Verdict one = verdict_of(json::parse(
      R"({"kind":")" + kind + R"(","metadata":{"name":"x"},)" + members + "}", "an object", ErrorKind::step));
  const std::string state = one.kind == Kind::passed   ? "passed"
                            : one.kind == Kind::failed ? "failed"
                                                       : "waiting";
  return state + (one.words.empty() ? "" : " " + one.words);
}

}  // namespace

TEST_CASE("a pod passes when it has succeeded") {
  CHECK(verdict("Pod", R"("status":{"phase":"Succeeded"})") == "passed");
  CHECK(verdict("Pod", R"("status":{"phase":"Running"})") == "waiting pod/x: it is Running");
  CHECK(verdict("Pod", R"("status":{})") == "waiting pod/x: it is ");
  CHECK(verdict("Pod", R"("status":{"phase":"Failed","containerStatuses":[{"state":{"terminated":)"
                       R"({"reason":"Error","message":"no CUDA","exitCode":1}}}]})") ==
        "failed pod/x: Error: no CUDA");
  CHECK(verdict("Pod", R"("status":{"phase":"Failed","reason":"Evicted","message":"no room"})") ==
        "failed pod/x: Evicted: no room");
}

TEST_CASE("what a pod waits for is said") {
  CHECK(verdict("Pod", R"("status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",)"
                       R"("reason":"Unschedulable","message":"0/1 nodes: Insufficient nvidia.com/gpu"}]})") ==
        "waiting pod/x: Unschedulable: 0/1 nodes: Insufficient nvidia.com/gpu");
  CHECK(
      verdict(
          "Pod",
          R"("status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"}],)"
          R"("containerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull","message":"no\nsuch"}}}]})") ==
      "waiting pod/x: ErrImagePull: no\\x0asuch");
}

TEST_CASE("a job passes when it is complete") {
  CHECK(verdict("Job", R"("status":{"active":1})") == "waiting job/x: it runs");
  CHECK(verdict("Job", R"("status":{"conditions":[{"type":"Complete","status":"True"}]})") == "passed");
  CHECK(verdict("Job", R"("status":{"conditions":[{"type":"Complete","status":"False"}]})") ==
        "waiting job/x: it runs");
  CHECK(verdict("Job", R"("status":{"conditions":[{"type":"Failed","status":"True","reason":)"
                       R"("BackoffLimitExceeded","message":"too often"}]})") ==
        "failed job/x: BackoffLimitExceeded: too often");
}

TEST_CASE("a workload passes when all its pods are ready") {
  CHECK(verdict("Deployment", R"("spec":{"replicas":2},"status":{"readyReplicas":1})") ==
        "waiting deployment/x: 1 of 2 pods are ready");
  CHECK(verdict("Deployment", R"("spec":{"replicas":2},"status":{"readyReplicas":2})") == "passed");
  CHECK(verdict("StatefulSet", R"("spec":{},"status":{})") == "waiting statefulset/x: 0 of 1 pods are ready");
  CHECK(verdict("DaemonSet", R"("status":{"desiredNumberScheduled":3,"numberReady":3})") == "passed");
  CHECK(verdict("DaemonSet", R"("status":{"desiredNumberScheduled":0,"numberReady":0})") ==
        "waiting daemonset/x: 0 of 0 pods are ready");
  CHECK(verdict("ConfigMap", R"("data":{})") == "passed");
}

TEST_CASE("of several objects one that has failed counts before one that waits") {
  const auto object = [](const char* phase) {
    return json::Object{{"kind", "Pod"},
                        {"metadata", json::Object{{"name", phase}}},
                        {"status", json::Object{{"phase", phase}}}};
  };
  CHECK(verdict_of_all({}).kind == Kind::passed);
  CHECK(verdict_of_all({object("Succeeded"), object("Running"), object("Failed")}).kind == Kind::failed);
  CHECK(verdict_of_all({object("Running"), object("Succeeded")}).kind == Kind::waiting);
}

}  // namespace bundle::smoke
