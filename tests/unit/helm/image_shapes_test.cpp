// Shapes in which charts of many systems hold images, each with what looks alike and is none.

#include <doctest/doctest.h>

#include "images/os_choice.hpp"
#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm;
using namespace bundle::helm::testing;

namespace {

void resource_gives(const std::string& spec, const Rows& wanted) {
  CAPTURE(spec);
  CHECK(rows(scan_text(custom(spec))) == wanted);
}

void data_gives(const std::string& data, const Rows& wanted) {
  CAPTURE(data);
  CHECK(rows(scan_text(config_map(data))) == wanted);
}

void env_gives(const std::string& items, const Rows& wanted) {
  CAPTURE(items);
  CHECK(rows(scan_text(deployment("          env: [" + items + "]\n"))) == with_main(wanted));
}

}  // namespace

TEST_CASE("a version beside an image, under a name that does not speak of images") {
  env_gives("{name: A_AGENT_IMAGE, value: 'org/agent'}, {name: AGENT_VERSION, value: v2}",
            {"env docker.io/org/agent:v2"});
  env_gives(
      "{name: INIT_DB_IMAGE_REPOSITORY, value: 'quay.io/a/init'}, {name: INIT_DB_VERSION, value: '3'}, "
      "{name: DB_VERSION, value: '4'}",
      {"env quay.io/a/init:3"});
  env_gives(
      "{name: S_REPO_URL, value: quay.io/a}, {name: S_NAME, value: search}, {name: S_VERSION, value: '1'}",
      {"env quay.io/a/search:1"});
  env_gives(
      "{name: CHART_REPOSITORY, value: ghcr.io/a/charts}, {name: CHART_VERSION, value: '1'}, {name: "
      "GIT_REPOSITORY, value: codeberg.org/a/b}, "
      "{name: GIT_TAG, value: v1}, {name: MODEL_REPOSITORY, value: hf.example.com/org/model}, {name: "
      "MODEL_VERSION, value: v1}, {name: POD_REGISTRY, value: quay.io}, {name: POD_NAME, value: p}, {name: "
      "POD_VERSION, value: '1'}",
      {});
  data_gives(
      "  scanner.repository: quay.io/a/scan\n  scanner.tag: '0.6'\n  scanner.dbRepository: quay.io/a/db\n",
      {"configmap quay.io/a/scan:0.6"});
  data_gives("  e: '{\"art\": {\"image\": \"org/art\", \"defaultImageVersion\": \"v1\"}}'\n",
             {"configmap docker.io/org/art:v1"});
  resource_gives("  version: '5'\n  repository: org/db\n  agentRepository: org/agent\n  agentVersion: '6'\n",
                 {"cr-field docker.io/org/agent:6", "cr-field docker.io/org/db:5"});
  resource_gives("  version: v8\n  store: {baseImage: org/store, replicas: 3}\n",
                 {"cr-field docker.io/org/store:v8"});
  resource_gives("  source: {repository: org/app, version: 1.2.3, path: charts/app}\n", {});
  resource_gives("  source: {repository: org/app, tag: v1, branch: main}\n", {});
  resource_gives("  git: {repository: github.com/org/app, tag: v1}\n", {});
}

TEST_CASE("a name whose tag is left empty is a question, unless the release runs it with one") {
  const std::string data =
      "  values: |\n    image: {name: quay.io/a/main, version: ''}\n    sideImage: quay.io/a/side\n    "
      "sideImageVersion:\n";
  const ScanResult alone = scan_text(config_map(data));
  CHECK(rows(alone).empty());
  CHECK(alone.undecided.size() == 2);
  const ScanResult with_pod = scan_text(config_map(data) + "---\n" + deployment(""));
  CHECK(rows(with_pod) == with_main({}));
  CHECK(rows(with_pod, ImageState::off) == Rows{"configmap quay.io/a/main"});
  CHECK(with_pod.undecided.size() == 1);  // of `side` nothing is known
}

TEST_CASE("a name without a version that the release runs with one is a question") {
  const ScanResult env =
      scan_text(deployment("          env: [{name: HELPER_IMAGE, value: quay.io/a/main}]\n"));
  CHECK(rows(env) == with_main({}));
  CHECK(env.undecided.size() == 1);
  CHECK(rows(scan_text(deployment("          env: [{name: HELPER_IMAGE, value: quay.io/a/other}]\n"))) ==
        with_main({"env quay.io/a/other:latest"}));
  // What a container names is pulled as it is written.
  const std::string pod_in_text =
      "  pod.yaml: |\n    spec: {containers: [{name: c, image: quay.io/a/main}]}\n";
  CHECK(rows(scan_text(config_map(pod_in_text) + "---\n" + deployment(""))) ==
        with_main({"configmap quay.io/a/main:latest"}));
}

TEST_CASE("mappings of names to images") {
  resource_gives(
      "  images:\n    gate: org/gate:v1\n    deep: {old: 'org/old:v2'}\n    server: quay.io/a/server:3\n",
      {"cr-field docker.io/org/gate:v1", "cr-field docker.io/org/old:v2", "cr-field quay.io/a/server:3"});
  resource_gives("  imageOverrides: {route-agent: 'quay.io/a/route:1'}\n", {"cr-field quay.io/a/route:1"});
  data_gives(
      "  c.yaml: |\n    images:\n      log: {repository: org, name: log, tag: v1, registry: ghcr.io}\n      "
      "bus: nats:2.9\n",
      {"configmap docker.io/library/nats:2.9", "configmap ghcr.io/org/log:v1"});
  data_gives("  c.yaml: |\n    image: {value: 'org/book:v1', options: ['org/book:v1', 'org/book-gpu:v1']}\n",
             {"configmap docker.io/org/book-gpu:v1", "configmap docker.io/org/book:v1"});
  data_gives("  c.yaml: |\n    imagePaths: {logo: 'assets/logo:v1'}\n    iconImage: assets/logo.png\n", {});
  resource_gives("  images: [{name: org/app, newName: ghcr.io/org/app, newTag: v3}]\n",
                 {"cr-field ghcr.io/org/app:v3"});
}

TEST_CASE("a list of bare names with tags is a question") {
  const ScanResult result = scan_text(config_map("  b.yaml: |\n    images: [{name: base, tag: 0.5.0}]\n"));
  CHECK(rows(result).empty());
  CHECK(result.undecided.size() == 1);
}

TEST_CASE("ConfigMaps that serve as environments") {
  data_gives(
      "  RELATED_IMAGE_EXPORTER: prom/exporter:v1\n  BUILD_IMAGES_DEBUGGER: python:3.12-slim\n  "
      "IMAGE_PROXY_ADDRESS: 'proxy:8080'\n",
      {"configmap docker.io/library/python:3.12-slim", "configmap docker.io/prom/exporter:v1"});
  env_gives("{name: EMPTY}, {name: WORKER_IMAGE, value: 'org/worker:2'}", {"env docker.io/org/worker:2"});
  env_gives("{name: IMAGE_STORE, value: 'store:8080'}", {});
}

TEST_CASE("a registry further out completes names without a host") {
  data_gives(
      "  i.yaml: |\n    base: quay.io/store\n    components:\n      ctl: {tag: v1, image: server}\n      "
      "csi: {tag: v2, image: ghcr.io/x/csi}\n",
      {"configmap ghcr.io/x/csi:v2", "configmap quay.io/store/server:v1"});
  resource_gives("  containerRegistry: quay.io\n  operator: {image: {name: org/operator, tag: '1.17'}}\n",
                 {"cr-field quay.io/org/operator:1.17"});
  resource_gives(
      "  global: {repository: nvcr.io/net, version: v26}\n  multus: {image: multus}\n  driver: {image: "
      "driver, version: v3}\n",
      {"cr-field nvcr.io/net/driver:v3", "cr-field nvcr.io/net/multus:v26"});
  resource_gives("  registry: schema.kafka.svc:8081\n  image: {repository: org/app, tag: '1'}\n",
                 {"cr-field docker.io/org/app:1"});
}

TEST_CASE("a whole reference counts under any key of a resource") {
  resource_gives(
      "  source: {puller: 'nvcr.io/nim/embed:1.6', url: 'http://h.example.com/a:1', dashboard: "
      "'h.example.com/metrics:8080'}\n",
      {"cr-field nvcr.io/nim/embed:1.6"});
  resource_gives("  source: {registry: {from: 'docker://quay.io/disks/fedora:40'}}\n",
                 {"cr-field quay.io/disks/fedora:40"});
  resource_gives("  module: ghcr.io/org/policy:v1\n  labels: {a.example.com/b: 'c.example.com/d:1'}\n", {});
}

TEST_CASE("what is no registry") {
  data_gives(
      "  selector: kubernetes.io/os:linux\n  api: metrics.k8s.io/v1:x\n  go: github.com/org/mod:v1\n  svc: "
      "minio.ns.svc:9000/x:1\n",
      {});
  data_gives("  pause: registry.k8s.io/pause:3.10\n", {"configmap registry.k8s.io/pause:3.10"});
}

TEST_CASE("examples, artifacts and policies are off") {
  const auto is_off = [](const std::string& text, const Rows& wanted) {
    CAPTURE(text);
    const ScanResult result = scan_text(text);
    CHECK(rows(result).empty());
    CHECK(rows(result, ImageState::off) == wanted);
    CHECK(result.undecided.empty());
  };
  is_off(config_map("  _example: |\n    logger: '{\"image\": \"org/agent:latest\"}'\n"),
         {"configmap docker.io/org/agent:latest"});
  is_off(config_map("  f.yaml: |\n    artifact: {install: {refs: ['ghcr.io/org/rules:3']}}\n"),
         {"configmap ghcr.io/org/rules:3"});
  is_off(custom("  ociArtifact: {image: {repository: ghcr.io/org/plugin, tag: '1'}}\n"),
         {"cr-field ghcr.io/org/plugin:1"});
  is_off(custom("  exemptImages: ['quay.io/a/b:1']\n"), {"cr-field quay.io/a/b:1"});
  data_gives("  artifact-server.yaml: |\n    image: org/server:1\n", {"configmap docker.io/org/server:1"});
}

TEST_CASE("single words are images where a container is meant") {
  data_gives("  c.toml: |\n    [[runners]]\n      [runners.kubernetes]\n        image = \"alpine\"\n",
             {"configmap docker.io/library/alpine:latest"});
  data_gives("  c.toml: |\n    [theme]\n      image = \"banner\"\n    [runners.docker]\n      image = true\n",
             {});
  resource_gives("  helper: {image: busybox, command: [sh, -c, 'true']}\n",
                 {"cr-field docker.io/library/busybox:latest"});
  resource_gives("  vm: {image: ubuntu-22.04, command: build, type: large}\n", {});
}

TEST_CASE("a key that stands twice in a text counts twice") {
  data_gives("  c.yaml: |\n    versions: [{image: 'org/bus:1'}]\n    versions: [{image: 'org/bus:2'}]\n",
             {"configmap docker.io/org/bus:1", "configmap docker.io/org/bus:2"});
}

TEST_CASE("annotations for people are no places of images") {
  const ScanResult result = scan_text(
      "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec: {groups: "
      "[{rules: [{alert: A, "
      "annotations: {description: 'use quay.io/a/b:v1', summary: 'quay.io/a/b:v1'}}]}]}\n");
  CHECK(rows(result).empty());
  CHECK(result.undecided.empty());
}

TEST_CASE("labels are not looked at, lists of that name are") {
  data_gives(
      "  c.yaml: |\n    labels: ['ubuntu:docker://docker.example.com/runner:22.04']\n    pod: {labels: "
      "{a.example.com/b: 'c.example.com/d:1'}}\n",
      {"configmap docker.example.com/runner:22.04"});
}

TEST_CASE("a container below a key of artifacts is one, and so is what stores them") {
  resource_gives("  artifactStore: {image: {repository: org/store, tag: '1'}}\n",
                 {"cr-field docker.io/org/store:1"});
  data_gives("  c.yaml: |\n    artifacts: {server: {containers: [{name: c, image: 'org/server:1'}]}}\n",
             {"configmap docker.io/org/server:1"});
}

TEST_CASE("an element of XML names an image") {
  data_gives(
      "  c.xml: |\n    <?xml version='1.1'?>\n    <template>\n      <image>org/agent:4.11</image>\n    "
      "</template>\n",
      {"configmap docker.io/org/agent:4.11"});
}

TEST_CASE("a transport in front of a name does not hide the rest of a text") {
  data_gives(
      "  values.yaml: |\n    image: quay.io/org/first:v1\n    runner: docker://quay.io/org/second:v2\n",
      {"configmap quay.io/org/first:v1", "configmap quay.io/org/second:v2"});
  data_gives(
      "  run.sh: |\n    set -e\n    pull quay.io/org/first:v1\n    copy docker://quay.io/org/second:v2\n",
      {"configmap quay.io/org/first:v1", "configmap quay.io/org/second:v2"});
  resource_gives("  endpoint: docker://docker:2375\n", {});
}

TEST_CASE("images below global are images") {
  resource_gives("  global: {imageRepository: quay.io/org/app, imageTag: v1}\n",
                 {"cr-field quay.io/org/app:v1"});
  resource_gives("  global: {image: quay.io/org/app, tag: v1}\n", {"cr-field quay.io/org/app:v1"});
}

TEST_CASE("a repository with a host and a tag is never passed over in silence") {
  for (const char* beside : {"url: 'https://x.example.com'", "interval: 30s", "path: data"}) {
    CAPTURE(beside);
    const ScanResult result =
        scan_text(custom("  app: {repository: quay.io/org/a, tag: v1, " + std::string(beside) + "}\n"));
    CHECK(rows(result).empty());
    CHECK(result.undecided.size() == 1);
  }
}

TEST_CASE("the word before the repository tells of sources, not a part of it") {
  data_gives(
      "  mongodbRepository: docker.io/org/mongodb\n  mongodbTag: '7'\n  csiPluginRepository: "
      "quay.io/org/csi\n  csiPluginTag: v3\n"
      "  helmControllerRepository: ghcr.io/org/helm-controller\n  helmControllerTag: v1\n",
      {"configmap docker.io/org/mongodb:7", "configmap ghcr.io/org/helm-controller:v1",
       "configmap quay.io/org/csi:v3"});
}

TEST_CASE("images near artifacts and clouds of that name stay images") {
  data_gives(
      "  c.yaml: |\n    artifactDrivers: [{name: d, image: 'quay.io/org/driver:v1'}]\n    artifacts: "
      "{server: {image: 'org/server:v1'}}\n"
      "    oci: {image: 'ghcr.io/org/cloud-provider-oci:v1.30.0'}\n    allowedImages: ['org/notebook:v1']\n",
      {"configmap docker.io/org/notebook:v1", "configmap docker.io/org/server:v1",
       "configmap ghcr.io/org/cloud-provider-oci:v1.30.0", "configmap quay.io/org/driver:v1"});
}

TEST_CASE("a base without a path is no registry") {
  resource_gives("  base: apps.example.com\n  web: {image: org/app, tag: v1}\n",
                 {"cr-field docker.io/org/app:v1"});
}

TEST_CASE("an empty file in a ConfigMap holds nothing") {
  data_gives("  a.yaml: ''\n  b.json: |\n  c.toml:\n", {});
}

TEST_CASE("an image that is chosen by the node's OS follows the target") {
  const std::string yaml = config_map(
      "  images.yaml: |\n    base: registry.example.com/store\n    components:\n      module-loader:\n"
      "        tag: v9.2.11\n        image: loader-noble\n        match:\n"
      "          - {osImage: 'Red Hat Enterprise Linux 8\\.', image: loader-el8}\n"
      "          - {osImage: 'Red Hat Enterprise Linux 9\\.', image: loader-el9}\n");
  const auto on = [&yaml](const std::string& os) {
    ScanRequest request;
    request.target = spec::Target{.os_image = os};
    return scan_text(yaml, request);
  };
  const std::string store = "configmap registry.example.com/store/";
  CHECK(rows(on("Red Hat Enterprise Linux 9.4 (Plow)")) == Rows{store + "loader-el9:v9.2.11"});
  CHECK(rows(on("Red Hat Enterprise Linux 9.4 (Plow)"), ImageState::off) ==
        Rows{store + "loader-el8:v9.2.11", store + "loader-noble:v9.2.11"});
  CHECK(rows(on("Red Hat Enterprise Linux 8.10 (Ootpa)")) == Rows{store + "loader-el8:v9.2.11"});
  CHECK(rows(on("Ubuntu 24.04")) == Rows{store + "loader-noble:v9.2.11"});
  const ScanResult open = scan_text(yaml);
  CHECK(rows(open) == Rows{store + "loader-noble:v9.2.11"});
  CHECK(open.undecided.size() == 2);
  CHECK(open.undecided[0].find("give --target") != std::string::npos);
}

TEST_CASE("images of a list whose tag stands beside it are a question when nothing tells them apart") {
  const ScanResult result =
      scan_text(custom("  base: r.io/x\n  tag: v1\n  image: a\n  flavours: [{arch: arm, image: b}]\n"));
  CHECK(rows(result, ImageState::undecided) == Rows{"cr-field r.io/x/b:v1"});
}

TEST_CASE("patterns of an OS are read as far as they are plain") {
  using images::fits_os;
  const std::string os = "Red Hat Enterprise Linux 9.4 (Plow)";
  for (const char* pattern : {"Linux 9\\.", "^Red Hat", "Plow.$", "Red.*9", "^Red.*Plow", "Debian|Linux 9",
                              ".*", "R.d", "\\(Plow\\)$", "Hat.*9.*4.*\\)"}) {
    CAPTURE(pattern);
    CHECK(fits_os(pattern, os) == true);
  }
  for (const char* pattern :
       {"Linux 8\\.", "^Hat", "Plow$", "Red.*8", "a.*b.*c.*d.*e.*f.*g.*h.*i.*j.*k.*l.*m"}) {
    CAPTURE(pattern);
    CHECK(fits_os(pattern, os) == false);
  }
  for (const char* pattern : {"", "(a*)*b", "9+", "[89]", "\\d", "a{2}", "a$b"}) {
    CAPTURE(pattern);
    CHECK_FALSE(fits_os(pattern, os).has_value());
  }
}
