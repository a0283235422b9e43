#include <doctest/doctest.h>

#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm;
using namespace bundle::helm::testing;

TEST_CASE("pod specs are found wherever they are, and normalised") {
  CHECK(rows(scan_text(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: {template: "
            "{spec: "
            "{initContainers: [{name: i, image: busybox}], containers: [{name: c, image: 'org/x:1'}],"
            "volumes: [{name: v, image: {reference: 'quay.io/a/model:v2'}}]}}}}}\n")) ==
        Rows{"podspec docker.io/library/busybox:latest", "podspec docker.io/org/x:1",
             "podspec quay.io/a/model:v2"});
  CHECK(rows(scan_text(custom("  groups:\n    - template:\n        spec:\n          containers:\n            "
                              "- image: ray:2\n"))) == Rows{"cr-field docker.io/library/ray:2"});
  CHECK(rows(scan_text(
            "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: "
            "{containers: [{name: c, image: 'a/b:1'}]}}\n")) == Rows{"podspec docker.io/a/b:1"});
}

TEST_CASE("a pod image that cannot be pulled as written is undecided") {
  for (const char* image : {"auto", "''", "'{{ .Values.image }}'"}) {
    CAPTURE(image);
    const ScanResult result =
        scan_text("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: " +
                  std::string(image) + "}]}\n");
    CHECK(rows(result).empty());
    REQUIRE(result.undecided.size() == 1);
    CHECK(result.undecided[0].find("path: spec.containers.image") != std::string::npos);
  }
}

TEST_CASE("test hooks are off, other hooks are not") {
  const auto job = [](const std::string& hook) {
    return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: '" + hook +
           "'}}\nspec: {template: {spec: {containers: [{name: c, image: 'a/b:1'}]}}}\n";
  };
  CHECK(rows(scan_text(job("test"))).empty());
  CHECK(rows(scan_text(job("test-success,test-failure"))).empty());
  CHECK(rows(scan_text(job("test")), ImageState::off) == Rows{"podspec docker.io/a/b:1"});
  CHECK(rows(scan_text(job("pre-delete"))).size() == 1);
  CHECK(rows(scan_text(job("post-install,test"))).size() == 1);
}

TEST_CASE("environment variables") {
  const auto env = [](const std::string& items) {
    return scan_text(deployment("          env: [" + items + "]\n"));
  };
  CHECK(rows(env("{name: WORKER_IMAGE, value: 'org/worker:2'}")) ==
        with_main({"env docker.io/org/worker:2"}));
  CHECK(rows(env("{name: RELATED_IMAGE_x, value: 'org/worker:2'}")) ==
        with_main({"env docker.io/org/worker:2"}));
  CHECK(rows(env("{name: ANY, value: 'quay.io/a/b:2'}")) == with_main({"env quay.io/a/b:2"}));
  CHECK(rows(env("{name: IMAGES, value: 'v1=quay.io/a/b:1,v2=quay.io/a/b:2'}")) ==
        with_main({"env quay.io/a/b:1", "env quay.io/a/b:2"}));
  CHECK(rows(env("{name: X_IMAGE_REPOSITORY, value: 'quay.io/a/b'}, {name: X_IMAGE_TAG, value: '3'}")) ==
        with_main({"env quay.io/a/b:3"}));
  CHECK(rows(env("{name: IMAGE_PULL_POLICY, value: 'a/b:1'}, {name: INIT_IMAGE_VERSION, value: v1}, {name: "
                 "BASE_IMAGE, "
                 "value: alpine}, {name: URL, value: 'http://h.example.com/a:80'}, {name: ADDR, value: "
                 "'svc.ns:8080'}")) == with_main({}));
}

TEST_CASE("arguments") {
  const auto args = [](const std::string& list) {
    return scan_text(deployment("          args: " + list + "\n"));
  };
  CHECK(rows(args("['--reloader=quay.io/a/r:v1', '--base-image', 'org/b:1', --helper-image, busybox, -v]")) ==
        with_main({"arg docker.io/org/b:1", "arg quay.io/a/r:v1"}));
  CHECK(rows(args("[\"sh\", \"-c\", \"tool run --image=org/b:1 --to=http://x/y:1\"]")) ==
        with_main({"arg docker.io/org/b:1"}));
  CHECK(rows(args(
            "['--taint=node.example.com/gpu:NoSchedule', '--bind=0.0.0.0:80', '--image-pull-policy=a/b']")) ==
        with_main({}));
  CHECK(rows(scan_text(deployment(
            "          env: [{name: REG, value: quay.io/a}]\n          args: ['--image=$(REG)/x:1']\n"))) ==
        with_main({"arg quay.io/a/x:1"}));
}

TEST_CASE("fields of custom resources, whole and composed") {
  const auto is = [](const std::string& spec, const Rows& wanted) {
    CAPTURE(spec);
    CHECK(rows(scan_text(custom(spec))) == wanted);
  };
  is("  image: quay.io/a/b:1\n  version: v9\n", {"cr-field quay.io/a/b:1"});
  is("  sidecarImage: org/b:1\n", {"cr-field docker.io/org/b:1"});
  is("  x: {repository: quay.io/a, image: b, version: v1}\n", {"cr-field quay.io/a/b:v1"});
  is("  x: {repository: quay.io/a, image: b, version: 'sha256:" + std::string(64, 'a') + "'}\n",
     {"cr-field quay.io/a/b@sha256:" + std::string(64, 'a')});
  is("  image: {registry: quay.io, repository: a/b, tag: v1, pullPolicy: Always}\n",
     {"cr-field quay.io/a/b:v1"});
  is("  image: {repository: quay.io/a, name: b, tag: v1}\n", {"cr-field quay.io/a/b:v1"});
  is("  image: {name: quay.io/a/b, version: v1}\n", {"cr-field quay.io/a/b:v1"});
  is("  proxyImageRepository: quay.io/a/b\n  proxyImageTag: v1\n", {"cr-field quay.io/a/b:v1"});
  is("  image: quay.io/a/b\n  tag: v1\n", {"cr-field quay.io/a/b:v1"});
  is("  images: ['quay.io/a/b:1', 'org/c:2']\n", {"cr-field docker.io/org/c:2", "cr-field quay.io/a/b:1"});
  is("  imagePullPolicy: Always\n  allowCustomImage: true\n  imageFeatures: a/b\n  baseImage: ubuntu\n  "
     "name: a/b\n",
     {});
  is("  source: {repository: 'https://charts.example.com', tag: v1}\n", {});
}

TEST_CASE("half a name is undecided") {
  CHECK(scan_text(custom("  image: {tag: v1}\n")).undecided.size() == 1);
  CHECK(scan_text(custom("  image: {repository: quay.io/a/b}\n")).undecided.size() == 1);
  CHECK(scan_text(custom("  x: {image: stem, version: v1}\n")).undecided.size() == 1);
  CHECK(scan_text(custom("  image: {repository: '', tag: '', pullPolicy: Always}\n")).undecided.empty());
}

TEST_CASE("what is switched off is listed as off") {
  for (const char* key : {"enabled: false", "enable: false", "disabled: true"}) {
    const ScanResult result =
        scan_text(custom("  x: {" + std::string(key) + ", deep: {image: 'quay.io/a/b:1'}}\n"));
    CHECK(rows(result).empty());
    CHECK(rows(result, ImageState::off) == Rows{"cr-field quay.io/a/b:1"});
  }
}

TEST_CASE("texts inside ConfigMaps and Secrets") {
  const auto is = [](const std::string& data, const Rows& wanted) {
    CAPTURE(data);
    CHECK(rows(scan_text(config_map(data))) == wanted);
  };
  is("  p.yaml: |\n    kind: Pod\n    spec: {containers: [{name: c, image: busybox}]}\n",
     {"configmap docker.io/library/busybox:latest"});
  is("  c.json: '{\"image\": {\"repository\": \"quay.io/a/b\", \"tag\": \"1\"}}'\n",
     {"configmap quay.io/a/b:1"});
  is("  v.json: '{\"global\": {\"hub\": \"quay.io/m\", \"tag\": \"1.2\", \"proxy\": {\"image\": "
     "\"proxyv2\"}}}'\n",
     {"configmap quay.io/m/proxyv2:1.2"});
  is("  t.toml: |\n    [runner]\n      helper_image = \"org/helper:v1\"\n      # image = \"org/old:v1\"\n",
     {"configmap docker.io/org/helper:v1"});
  is("  run.sh: |\n    set -e\n    if [ \"$x\" ]; then pull quay.io/a/b:v1; fi\n",
     {"configmap quay.io/a/b:v1"});
  is("  worker: quay.io/a/b:v1\n", {"configmap quay.io/a/b:v1"});
  is("  a: node.example.com/x:NoSchedule\n  b: http://h.example.com/p:1\n  c: ghcr.io/a/b\n", {});
  CHECK(rows(scan_text("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {c: "
                       "aW1hZ2U6IHF1YXkuaW8vYS9iOjEKeDogMQo=}\n"
                       "stringData: {d: 'quay.io/a/c:1'}\n")) ==
        Rows{"configmap quay.io/a/b:1", "configmap quay.io/a/c:1"});
}

TEST_CASE("annotations count by key or as whole references") {
  CHECK(rows(scan_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: n, annotations: "
                       "{inject.example.com/proxy-image: "
                       "'org/p:1', x: 'quay.io/a/b:2', prose: 'docs at example.com'}}\n")) ==
        Rows{"annotation docker.io/org/p:1", "annotation quay.io/a/b:2"});
}

TEST_CASE("a word that looks like an image is undecided unless something else gave it") {
  const std::string text = "  note: pulls quay.io/a/b:v1 at night\n";
  CHECK(scan_text(custom(text)).undecided.size() == 1);
  CHECK(scan_text(custom(text + "  image: quay.io/a/b:v1\n")).undecided.empty());
  CHECK(scan_text(custom("  description: like quay.io/a/b:v1\n")).undecided.empty());
  const std::string crd =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\nspec: "
      "{group: e.com, names: "
      "{kind: X}, versions: [{name: v1, schema: {openAPIV3Schema: {properties: {image: {KEY: "
      "'quay.io/a/b:1'}}}}}]}\n";
  CHECK(scan_text(std::string(crd).replace(crd.find("KEY"), 3, "default")).undecided.size() == 1);
  CHECK(scan_text(std::string(crd).replace(crd.find("KEY"), 3, "description")).undecided.empty());
}

TEST_CASE("a document that does not parse is named") {
  try {
    scan_text("kind: A\n---\n# Source: chart/templates/b.yaml\nkind: [\n");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.position().file == "m.yaml document 2 (chart/templates/b.yaml)");
  }
  CHECK(rows(scan_text("a: =\n---\n---\nkind: X\nkind: Y\n")).empty());
}
