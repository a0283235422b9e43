#include <doctest/doctest.h>

#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm;
using namespace bundle::helm::testing;

namespace {

bool is_asked_about(const std::string& api_version, const std::string& kind, const std::string& spec) {
  return !scan_text("apiVersion: " + api_version + "\nkind: " + kind +
                    "\nmetadata: {name: x}\nspec: " + spec + "\n")
              .undecided.empty();
}

}  // namespace

TEST_CASE("resources that ask for pods, at any of the first levels, are asked about") {
  CHECK(is_asked_about("kafka.example.io/v1", "Kafka", "{kafka: {replicas: 3, version: 4.1.0}}"));
  CHECK(is_asked_about("db.example.io/v1", "Cluster", "{version: v8}"));
  CHECK(is_asked_about("kubevirt.example.io/v1", "Virt", "{workloads: {node: {imagePullPolicy: Always}}}"));
  CHECK(is_asked_about("security.example.io/v1", "Sensor",
                       "{podTemplateSpec: {spec: {containers: [{name: c}]}}}"));
  CHECK(is_asked_about("fleet.example.io/v1", "Instance",
                       "{distribution: {version: 2.x, registry: ghcr.io/x}}"));
  CHECK(is_asked_about("operator.example.dev/v1", "Serving", "{}"));
}

TEST_CASE("resources that fetch manifests are asked about") {
  CHECK(is_asked_about("helm.toolkit.fluxcd.io/v2", "HelmRelease", "{chart: {spec: {chart: x}}}"));
  CHECK(is_asked_about("argoproj.io/v1alpha1", "Application",
                       "{source: {repoURL: 'https://c.example.com', chart: x}}"));
  CHECK_FALSE(is_asked_about("argoproj.io/v1alpha1", "AppProject", "{sourceRepos: ['*']}"));
}

TEST_CASE("resources that configure what runs already are left in peace") {
  CHECK_FALSE(is_asked_about("kafka.example.io/v1", "KafkaTopic", "{replicas: 3, partitions: 1}"));
  CHECK_FALSE(is_asked_about("secrets.example.io/v1", "VaultStaticSecret", "{version: 2}"));
  CHECK_FALSE(is_asked_about("bitnami.example.io/v1", "SealedSecret", "{template: {metadata: {name: s}}}"));
  CHECK_FALSE(is_asked_about("karpenter.sh/v1", "NodePool", "{template: {spec: {taints: []}}}"));
  CHECK_FALSE(is_asked_about("operator.example.com/v1", "VMRule", "{groups: []}"));
  CHECK_FALSE(is_asked_about("x.example.com/v1", "Pool", "{addresses: [10.0.0.0/24]}"));
}
