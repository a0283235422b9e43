#include "survey/components.hpp"

#include <doctest/doctest.h>

namespace bundle::survey {
namespace {

std::string fault(const std::string& kind, const std::string& spec, const std::string& status,
                  int generation = 1) {
  return workload_fault(json::parse(fmt::format(R"({{"kind": "{}", "metadata": {{"generation": {}}},
    "spec": {{{}}}, "status": {{"observedGeneration": 1{}}}}})",
                                                kind, generation, spec, status),
                                    "a workload"));
}

}  // namespace

TEST_CASE("a workload is well as kubectl rollout status says it") {
  CHECK(fault("Deployment", R"("replicas": 2)", R"(, "updatedReplicas": 2, "availableReplicas": 2)") == "");
  CHECK(fault("Deployment", R"("replicas": 2)", R"(, "updatedReplicas": 2, "availableReplicas": 1)") ==
        "1 of 2 pods are available");
  CHECK(fault("Deployment", R"("replicas": 2)", R"(, "updatedReplicas": 1, "availableReplicas": 2)") ==
        "1 of 2 pods are of its last version");
  CHECK(fault("Deployment", R"("replicas": 2)", "", 2) == "its last change was not taken up yet");
  CHECK(fault("Deployment", R"("replicas": 0)", "") == "");
  CHECK(fault("StatefulSet", R"("replicas": 3)", R"(, "readyReplicas": 3)") == "");
  CHECK(fault("StatefulSet", R"("replicas": 3)", "") == "0 of 3 pods are available");
  CHECK(fault("DaemonSet", "", R"(, "desiredNumberScheduled": 0)") == "");
  CHECK(fault("DaemonSet", "",
              R"(, "desiredNumberScheduled": 5, "updatedNumberScheduled": 5, "numberAvailable": 4)") ==
        "4 of 5 pods are available");
  CHECK(workload_fault(json::Value(7)) == "");
}

}  // namespace bundle::survey
