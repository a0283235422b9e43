#include <doctest/doctest.h>

#include "helm/place_pattern.hpp"
#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm;
using namespace bundle::helm::testing;

namespace {

spec::ImageRules rules(const std::string& yaml) {
  return spec::parse_image_rules(yaml::parse_one(yaml, "rules", ErrorKind::spec), "rules");
}

ScanRequest with_rules(const std::string& yaml) {
  ScanRequest request;
  request.catalogue.push_back({.name = "thing", .images = rules(yaml)});
  return request;
}

const std::string kDriver =
    "apiVersion: e.com/v1\nkind: Policy\nmetadata: {name: p}\nspec: {driver: {repository: r.io/n, image: "
    "driver, version: '5', "
    "manager: {repository: r.io/n, image: manager, version: '1'}}}\n";
const std::string kRename =
    "rename: [{at: {kind: Policy, path: 'spec.{driver,gds}'}, to: "
    "'{repository}/{image}:{version}-{os.id}{os.version}', unless: "
    "{path: version, startsWith: 'sha256:'}, because: code}]";

/// An operator with these rights on pods and on its own custom resource, whose CRD comes along.
std::string operator_with(const std::string& pod_verbs, const std::string& image = "quay.io/o/op:v1") {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: op}\nspec: {template: {spec: "
         "{serviceAccountName: op, "
         "containers: [{name: c, image: '" +
         image +
         "'}]}}}\n---\n"
         "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: "
         "{group: e.com, names: "
         "{kind: Policy}, versions: [{name: v1}]}\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: op}\nrules:\n"
         "  - {apiGroups: [e.com], resources: [policies], verbs: [get, list, watch]}\n"
         "  - {apiGroups: [apps], resources: [daemonsets], verbs: [" +
         pod_verbs +
         "]}\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: op}\nroleRef: "
         "{kind: ClusterRole, "
         "name: op}\nsubjects: [{kind: ServiceAccount, name: op, namespace: ns}]\n---\n"
         "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: op}\n";
}

}  // namespace

TEST_CASE("paths of rules: alternatives, wildcards, list items, quoted keys") {
  CHECK(matches_path("spec.{a,b}", {"spec", "b"}, true));
  CHECK_FALSE(matches_path("spec.{a,b}", {"spec", "c"}, true));
  CHECK_FALSE(matches_path("spec.a", {"spec", "a", "c"}, true));
  CHECK(matches_path("spec.a", {"spec", "a", "c"}, false));
  CHECK(matches_path("spec.containers.*", {"spec", "containers", "[0]", "image"}, true));
  CHECK(matches_path("data[\"a.yaml\"].x", {"data", "a.yaml", "x"}, true));
  CHECK_FALSE(matches_path("spec.a.b", {"spec", "a"}, false));
  CHECK(matches_path("data[\"{a,b}\"][\"*\"]", {"data", "{a,b}", "*"}, true));
  CHECK_FALSE(matches_path("data[\"*\"]", {"data", "x"}, true));
  CHECK(matches_path("[\"a.b\"].c", {"a.b", "c"}, true));
}

TEST_CASE("the path of a hint names the place when it is pasted back") {
  const auto answered = [](const std::string& key, const std::string& yaml) {
    const ScanResult asked = scan_text(yaml);
    REQUIRE(asked.undecided.size() == 1);
    const std::string& words = asked.undecided[0];
    const std::size_t begin = words.find("ignore: [{at: ");
    const std::string row = words.substr(begin, words.find(", because: ", begin) - begin);
    CAPTURE(row);
    CHECK(row.find(key) != std::string::npos);
    const ScanResult after = scan_text(yaml, with_rules(row + ", because: x}]"));
    CHECK(after.undecided.empty());
    CHECK(after.used_rules.size() == 1);
  };
  answered(
      "path: 'data[\"config.yaml\"].controlPlane.image'",
      config_map("  config.yaml: |\n    controlPlane:\n      image: {registry: r.io, repository: a/b}\n"));
  answered("it''s",
           config_map("  \"it's [a] file.yaml\": |\n    image: {registry: r.io, repository: a/b}\n"));
  answered("spec.containers.image",
           "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: auto}]}\n");
}

TEST_CASE("a rule that names nothing is not among those that were used") {
  const ScanResult result = scan_text(
      deployment(""), with_rules("ignore: [{at: {kind: Deployment, path: spec.nowhere}, because: x}]"));
  CHECK(result.used_rules.empty());
}

TEST_CASE("rename replaces the stem, and needs the target for the node's OS") {
  ScanRequest request = with_rules(kRename);
  const ScanResult without = scan_text(kDriver, request);
  CHECK(rows(without) == Rows{"cr-field r.io/n/manager:1"});
  REQUIRE(without.undecided.size() == 1);
  CHECK(without.undecided[0].find("--target") != std::string::npos);
  request.target = spec::Target{.os_id = "rhel", .os_version = "8.10"};
  CHECK(rows(scan_text(kDriver, request)) ==
        Rows{"cr-field r.io/n/driver:5-rhel8.10", "cr-field r.io/n/manager:1"});
  const std::string digest = "sha256:" + std::string(64, 'b');
  const std::string pinned = std::string(kDriver).replace(kDriver.find("'5'"), 3, "'" + digest + "'");
  CHECK(rows(scan_text(pinned, request)) ==
        Rows{"cr-field r.io/n/driver@" + digest, "cr-field r.io/n/manager:1"});
}

TEST_CASE("rename answers a doubt when what was found has the pieces that it asks for") {
  const std::string text =
      "apiVersion: e.com/v1\nkind: Policy\nmetadata: {name: p}\nspec: {driver: {image: r.io/n/driver, "
      "version: ''}}\n";
  CHECK(scan_text(text).undecided.size() == 1);
  const auto with_name = [&](const std::string& to) {
    return scan_text(text, with_rules("rename: [{at: {kind: Policy, path: spec.driver}, to: '" + to +
                                      "', because: code}]"));
  };
  CHECK(rows(with_name("r.io/n/driver:7")) == Rows{"cr-field r.io/n/driver:7"});
  CHECK(rows(with_name("{repository}/{image}:7")) == Rows{"cr-field r.io/n/driver:7"});
  CHECK(rows(with_name("{repository}/{image}:{version}")).empty());
  CHECK(with_name("{repository}/{image}:{version}").undecided.size() == 1);
}

TEST_CASE("ignore switches off what lies at a place and below, unless its condition holds") {
  const std::string row =
      "ignore: [{at: {kind: Policy, path: spec.driver}, unless: {path: spec.sandbox.enabled, is: 'true'}, "
      "because: read elsewhere}]";
  const ScanResult off = scan_text(kDriver, with_rules(row));
  CHECK(rows(off).empty());
  CHECK(rows(off, ImageState::off).size() == 2);
  CHECK(off.images[0].reason == "read elsewhere");
  std::string sandboxed = kDriver;
  sandboxed.insert(sandboxed.find("driver:"), "sandbox: {enabled: true}, ");
  CHECK(rows(scan_text(sandboxed, with_rules(row))).size() == 2);
}

TEST_CASE("ignore answers what was undecided") {
  const std::string text =
      "apiVersion: e.com/v1\nkind: Policy\nmetadata: {name: p}\nspec: {note: 'see quay.io/a/b:v1'}\n";
  CHECK(scan_text(text).undecided.size() == 1);
  CHECK(scan_text(text, with_rules("ignore: [{at: {kind: Policy, path: spec.note}, because: prose}]"))
            .undecided.empty());
}

TEST_CASE("an operator about whose images nobody has said anything is undecided") {
  CHECK(scan_text(operator_with("create, get")).undecided.size() == 1);
  CHECK(scan_text(operator_with("'*'")).undecided.size() == 1);
  SUBCASE("not when it may create nothing") {
    CHECK(scan_text(operator_with("get, list")).undecided.empty());
  }
  SUBCASE("not when the catalogue speaks of its image") {
    CHECK(
        scan_text(operator_with("create"), with_rules("{operators: [quay.io/o/op], none-compiled-in: read}"))
            .undecided.empty());
  }
  SUBCASE("not when the user speaks") {
    ScanRequest request;
    request.extra_rules.none_compiled_in = "I have read it";
    CHECK(scan_text(operator_with("create"), request).undecided.empty());
  }
  SUBCASE("also without custom resources") {
    std::string text = operator_with("create");
    text.erase(text.find("  - {apiGroups: [e.com]"),
               text.find("  - {apiGroups: [apps]") - text.find("  - {apiGroups: [e.com]"));
    CHECK(scan_text(text).undecided.size() == 1);
  }
  SUBCASE("also when its roles are in another file and it calls itself an operator") {
    CHECK(scan_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x-operator}\nspec: {template: "
                    "{spec: {containers: "
                    "[{name: c, image: 'a/b:1'}]}}}\n")
              .undecided.size() == 1);
  }
  SUBCASE("a role that is not there counts as any right") {
    const std::string text = operator_with("get");
    std::string admin = text;
    admin.replace(admin.find("roleRef: {kind: ClusterRole, name: op}"), 38,
                  "roleRef: {kind: ClusterRole, name: cluster-admin}");
    CHECK(scan_text(admin).undecided.size() == 1);
  }
}

TEST_CASE("compiled-in images are added at exactly the operator's tag") {
  const std::string rows_of_op =
      "add: [{image: 'quay.io/o/agent:v1', for: 'quay.io/o/op:v1', because: code}, {image: "
      "'quay.io/o/extra:v1', for: "
      "'quay.io/o/op:v1', when: {kind: Extra}, because: code}]";
  CHECK(rows(scan_text(operator_with("create"), with_rules(rows_of_op))) ==
        Rows{"compiled-in quay.io/o/agent:v1", "podspec quay.io/o/op:v1"});
  CHECK(rows(scan_text(
                 operator_with("create") + "---\napiVersion: e.com/v1\nkind: Extra\nmetadata: {name: e}\n",
                 with_rules(rows_of_op)))
            .size() == 3);
  const ScanResult bumped = scan_text(operator_with("create", "quay.io/o/op:v2"), with_rules(rows_of_op));
  CHECK(rows(bumped) == Rows{"podspec quay.io/o/op:v2"});
  REQUIRE(bumped.undecided.size() == 1);
  CHECK(bumped.undecided[0].find("for the tag v1 only, and v2 was found") != std::string::npos);
}

TEST_CASE("a custom resource that asks for pods and names no image is undecided without its operator") {
  const std::string resource =
      "apiVersion: db.example.com/v1\nkind: Cluster\nmetadata: {name: c}\nspec: {instances: 3";
  CHECK(scan_text(resource + "}\n").undecided.size() == 1);
  CHECK(scan_text(resource + ", image: 'quay.io/db/db:16'}\n").undecided.empty());
  ScanRequest request;
  request.api_versions = {"db.example.com/v1/Cluster"};
  CHECK(scan_text(resource + "}\n", request).undecided.empty());
  CHECK(scan_text("apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: s}\nspec: "
                  "{selector: {}}\n")
            .undecided.empty());
}

TEST_CASE("a service account is bound by name, by a group of all, or as a user") {
  const auto bound_as = [](const std::string& subject) {
    std::string text = operator_with("create");
    const std::string by_name = "{kind: ServiceAccount, name: op, namespace: ns}";
    REQUIRE(text.find(by_name) != std::string::npos);
    return !scan_text(text.replace(text.find(by_name), by_name.size(), subject)).undecided.empty();
  };
  CHECK(bound_as("{kind: ServiceAccount, name: op}"));
  CHECK(bound_as("{kind: Group, name: 'system:serviceaccounts:ns'}"));
  CHECK(bound_as("{kind: Group, name: 'system:authenticated'}"));
  CHECK(bound_as("{kind: User, name: 'system:serviceaccount:ns:op'}"));
  CHECK_FALSE(bound_as("{kind: ServiceAccount, name: other}"));
  CHECK_FALSE(bound_as("{kind: Group, name: people}"));
}

TEST_CASE("rights come by roles of Kubernetes and by aggregated ones, too") {
  const std::string binding = "roleRef: {kind: ClusterRole, name: op}";
  const auto with_role = [&](const std::string& name) {
    std::string text = operator_with("get");
    REQUIRE(text.find(binding) != std::string::npos);
    return scan_text(
        text.replace(text.find(binding), binding.size(), "roleRef: {kind: ClusterRole, name: " + name + "}"));
  };
  CHECK(with_role("edit").undecided.size() == 1);
  CHECK(with_role("view").undecided.empty());
  const auto aggregated = [&](const std::string& expression) {
    std::string text = operator_with("get");
    text.replace(text.find(binding), binding.size(), "roleRef: {kind: ClusterRole, name: all}");
    return scan_text(
        text +
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n"
        "aggregationRule: {clusterRoleSelectors: [{matchExpressions: [" +
        expression +
        "]}]}\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: part, labels: "
        "{of: us}}\n"
        "rules: [{apiGroups: [extensions], resources: [deployments], verbs: [create]}]\n");
  };
  CHECK(aggregated("{key: of, operator: In, values: [us]}").undecided.size() == 1);
  CHECK(aggregated("{key: of, operator: Exists}").undecided.size() == 1);
  CHECK(aggregated("{key: of, operator: NotIn, values: [us]}").undecided.empty());
  CHECK(aggregated("{key: of, operator: DoesNotExist}").undecided.empty());
}

TEST_CASE("an account that is neither bound nor made here has its rights elsewhere") {
  const std::string beside = operator_with("get");  // with bindings of its own
  const auto workload = [](const std::string& account) {
    return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x-operator}\nspec: {template: "
           "{spec: {serviceAccountName: " +
           account + ", containers: [{name: c, image: 'a/b:1'}]}}}\n";
  };
  CHECK(scan_text(beside + workload("stranger")).undecided.size() == 1);
  CHECK(scan_text(beside + workload("default")).undecided.empty());
}

namespace {

/// A webhook on these resources, its Service and the workload behind it.
std::string injector(const std::string& resources) {
  return "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: "
         "{name: inject}\n"
         "webhooks: [{clientConfig: {service: {name: inject}}, rules: [{apiGroups: [''], resources: [" +
         resources +
         "]}]}]\n"
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: inject}\nspec: {selector: {app: inject}}\n"
         "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: inject}\nspec: {template: {metadata: "
         "{labels: {app: inject}}, spec: "
         "{containers: [{name: c, image: 'quay.io/m/injector:v1'}]}}}\n";
}

}  // namespace

TEST_CASE("what answers a webhook on pods is asked about, whoever else is answered") {
  const std::string spoken = "{operators: [quay.io/o/op], none-compiled-in: read}";
  const ScanResult result = scan_text(operator_with("create") + injector("pods"), with_rules(spoken));
  REQUIRE(result.undecided.size() == 1);
  CHECK(result.undecided[0].find("Deployment/inject") != std::string::npos);
  CHECK(scan_text(operator_with("create") + injector("services"), with_rules(spoken)).undecided.empty());
  CHECK(scan_text(operator_with("create") + injector("'*'"), with_rules(spoken)).undecided.empty());
  CHECK(scan_text(operator_with("create") + injector("pods"),
                  with_rules("{operators: [quay.io/o/op, quay.io/m/injector], none-compiled-in: read}"))
            .undecided.empty());
}

TEST_CASE("a resource is its operator's business only where that operator is") {
  const std::string crd =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: "
      "{group: e.com, names: {kind: Db}, versions: [{name: v1}]}\n---\n";
  const std::string resource = "apiVersion: e.com/v1\nkind: Db\nmetadata: {name: d}\nspec: {replicas: 3}\n";
  CHECK(scan_text(crd + resource).undecided.size() == 1);
  const std::string spoken = "{operators: [quay.io/o/op], none-compiled-in: read}";
  CHECK(scan_text(crd + resource + "---\n" + operator_with("create"), with_rules(spoken)).undecided.empty());
  // A container without an image is completed by an operator, whatever else the resource names.
  const std::string open =
      "apiVersion: db.example.com/v1\nkind: Db\nmetadata: {name: d}\nspec: {podTemplate: {spec: "
      "{initContainers: "
      "[{name: i, image: 'a/b:1'}], containers: [{name: db}]}}}\n";
  CHECK(scan_text(open).undecided.size() == 1);
}
