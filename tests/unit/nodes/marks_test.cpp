#include "nodes/marks.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/thrown.hpp"

namespace bundle::nodes {
namespace {

/// A Node with these labels, taints and marks.
json::Value node(const std::string& labels, const std::string& taints = "[]", const std::string& marks = "") {
  json::Object annotations{{"theirs", "x"}};
  if (!marks.empty()) {
    annotations[std::string(kMarks)] = marks;
  }
  return json::Object{{"metadata", json::Object{{"name", "n"},
                                                {"labels", json::parse(labels, "labels")},
                                                {"annotations", std::move(annotations)},
                                                {"resourceVersion", "7"}}},
                      {"spec", json::Object{{"taints", json::parse(taints, "taints")}}}};
}

std::string patch(const json::Value& node, const Marks& wanted, Rights rights = Rights::administrator) {
  return json::canonical(difference(node, wanted, rights).patch);
}

std::string denied(const json::Value& node, const Marks& wanted) {
  return join(difference(node, wanted, Rights::kubelet).denied, "; ");
}

std::string note(const std::string& labels, const std::string& taints) {
  return R"({"labels":[)" + labels + R"(],"taints":[)" + taints + "]}";
}

/// The member of a patch that has this note.
std::string annotation(const std::string& labels, const std::string& taints) {
  return R"("annotations":{"bundle-system/marks":")" + replace_all(note(labels, taints), "\"", "\\\"") +
         "\"}";
}

const std::string kTaint = R"({"effect":"NoSchedule","key":"gpu","value":"true"})";
const std::string kForeign =
    R"({"effect":"NoExecute","key":"node.kubernetes.io/not-ready","timeAdded":"2026-11-21T20:00:00Z"})";

}  // namespace

TEST_CASE("a node gets its marks, and remembers which they are") {
  CHECK(patch(node(R"({"room":"south"})"), {.labels = {{"card", "3060"}, {"room", "north"}}}) ==
        R"({"metadata":{)" + annotation(R"("card","room")", "") +
            R"(,"labels":{"card":"3060","room":"north"}}})");
  CHECK(patch(node("{}", "[" + kForeign + "]"), {.taints = {"gpu=true:NoSchedule", "slow:NoExecute"}}) ==
        R"({"metadata":{)" + annotation("", R"("gpu:NoSchedule","slow:NoExecute")") +
            R"(,"resourceVersion":"7"},"spec":{"taints":[)" + kForeign + "," + kTaint +
            R"(,{"effect":"NoExecute","key":"slow"}]}})");
}

TEST_CASE("a node that bears its marks is left alone") {
  const Marks wanted{.labels = {{"a", "b"}}, .taints = {"gpu=true:NoSchedule"}};
  CHECK(patch(node(R"({"a":"b","c":"d"})", "[" + kTaint + "," + kForeign + "]",
                   note(R"("a")", R"("gpu:NoSchedule")")),
              wanted) == "{}");
  CHECK(patch(node(R"({"c":"d"})", "[" + kForeign + "]"), {}) == "{}");
}

TEST_CASE("what an earlier site asked for goes, what others set stays") {
  const json::Value marked = node(R"({"a":"b","c":"d"})", "[" + kTaint + "," + kForeign + "]",
                                  note(R"("a","gone")", R"("gpu:NoSchedule")"));
  CHECK(patch(marked, {}) == R"({"metadata":{"annotations":{"bundle-system/marks":null},"labels":{"a":null},)"
                             R"("resourceVersion":"7"},"spec":{"taints":[)" +
                                 kForeign + "]}}");
  CHECK(patch(marked, {.labels = {{"c", "d"}}, .taints = {"gpu=false:NoSchedule"}}) ==
        R"({"metadata":{)" + annotation(R"("c")", R"("gpu:NoSchedule")") +
            R"(,"labels":{"a":null},"resourceVersion":"7"},"spec":{"taints":[)" +
            replace_all(kTaint, "true", "false") + "," + kForeign + "]}}");
  // Another effect is another taint.
  CHECK(test::holds(
      patch(marked, {.labels = {{"a", "b"}}, .taints = {"gpu=true:NoExecute"}}),
      R"("spec":{"taints":[)" + kForeign + "," + replace_all(kTaint, "NoSchedule", "NoExecute") + "]"));
}

TEST_CASE("a note that is none makes nothing ours") {
  for (const char* broken : {"{", "[]", "7", R"({"labels":"a"})", R"({"labels":[1]})"}) {
    CAPTURE(broken);
    const std::string made =
        patch(node(R"({"a":"b"})", "[" + kTaint + "]", broken), {.labels = {{"c", "d"}}});
    CHECK(made == R"({"metadata":{)" + annotation(R"("c")", "") + R"(,"labels":{"c":"d"}}})");
  }
}

TEST_CASE("a kubelet's own rights: labels that are not Kubernetes' own, and no taint") {
  const Marks wanted{.labels = {{"a", "b"}, {"node-role.kubernetes.io/gpu", ""}},
                     .taints = {"gpu=true:NoSchedule"}};
  CHECK(patch(node("{}"), wanted, Rights::kubelet) ==
        R"({"metadata":{)" + annotation(R"("a")", "") + R"(,"labels":{"a":"b"}}})");
  CHECK(denied(node("{}"), wanted) == "label node-role.kubernetes.io/gpu=; taint gpu:NoSchedule");
  // What kubeadm or a master has set is its mark as well.
  const json::Value set = node(R"({"a":"b","node-role.kubernetes.io/gpu":""})", "[" + kTaint + "]");
  CHECK(patch(set, wanted, Rights::kubelet) ==
        R"({"metadata":{)" + annotation(R"("a","node-role.kubernetes.io/gpu")", R"("gpu:NoSchedule")") +
            "}}");
  CHECK(denied(set, wanted).empty());
}

TEST_CASE("what a kubelet may not take away stays ours, for a master") {
  const json::Value marked = node(R"({"a":"b","x.k8s.io/y":"1"})", "[" + kTaint + "]",
                                  note(R"("a","x.k8s.io/y")", R"("gpu:NoSchedule")"));
  CHECK(patch(marked, {}, Rights::kubelet) == R"({"metadata":{)" +
                                                  annotation(R"("x.k8s.io/y")", R"("gpu:NoSchedule")") +
                                                  R"(,"labels":{"a":null}}})");
  CHECK(denied(marked, {}) == "label x.k8s.io/y -; taint gpu:NoSchedule -");
}

TEST_CASE("labels that a kubelet may set are those of the admission plugin") {
  for (const char* key :
       {"a", "example.com/a", "topology.kubernetes.io/zone", "node.kubernetes.io/x", "a.node.kubernetes.io/x",
        "kubelet.kubernetes.io/x", "kubernetes.io/hostname", "notkubernetes.io/x", "kubernetes.io"}) {
    CAPTURE(key);
    CHECK(may_kubelet_label(key));
  }
  for (const char* key : {"node-role.kubernetes.io/gpu", "kubernetes.io/x", "x.k8s.io/y", "k8s.io/y",
                          "node-restriction.kubernetes.io/x", "a.node-restriction.kubernetes.io/x",
                          "topology.kubernetes.io/rack"}) {
    CAPTURE(key);
    CHECK_FALSE(may_kubelet_label(key));
  }
}

TEST_CASE("marks of a site are those of all its nodes, masters with what keeps pods off") {
  const site::Site site = site::read_site(
      "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master]}\n"
      "  - {name: m2, address: 10.0.0.2, roles: [master], schedulable: true}\n"
      "  - {name: w1, address: 10.0.0.3, roles: [worker], labels: {a: b}, taints: [\"c:NoSchedule\"]}\n",
      "site.yml");
  const std::vector<Marks> all = marks_of(site, cluster::node_of(site, site.nodes.at(1)));
  REQUIRE(all.size() == 3);
  CHECK(all[0].taints == std::vector<std::string>{"node-role.kubernetes.io/control-plane:NoSchedule"});
  CHECK(all[1].taints.empty());
  CHECK(all[2].node == "w1");
  CHECK(all[2].labels == std::map<std::string, std::string>{{"a", "b"}});
  CHECK(all[2].taints == std::vector<std::string>{"c:NoSchedule"});
  CHECK(marks_of({}, {.name = "n", .labels = {{"x", "y"}}}).at(0).labels.contains("x"));
}

}  // namespace bundle::nodes
