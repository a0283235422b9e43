#include "images/downloads.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "images/shell.hpp"
#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm::testing;
using images::shell_commands;

namespace {

/// What would be fetched, in order.
Rows found(const std::string& yaml) {
  const std::vector<images::Object> objects = images::parse_objects(yaml, "m.yaml");
  Rows all;
  for (const images::Download& download : images::find_downloads(objects)) {
    all.push_back(download.what);
  }
  return all;
}

/// As a script of a container.
Rows of_script(const std::string& script, const std::string& more = "") {
  std::string block;
  for (const std::string_view line : split(script, '\n')) {
    block += "              " + std::string(line) + "\n";
  }
  return found(deployment("          command: [sh, -c]\n          args:\n            - |\n" + block + more));
}

/// As a script of a container, one command a line.
bool fetches(const std::string& command) { return !of_script(command).empty(); }

std::string words(const std::string& script, const images::Variables& known = {}) {
  std::string all;
  for (const images::ShellCommand& command : shell_commands(script, known)) {
    all += join(command, " ") + "; ";
  }
  return all;
}

}  // namespace

TEST_CASE("the words of a shell script are read as a shell does, without running any") {
  CHECK(words("a 'b c' \"d $X\" e\\ f # g\n") == "a b c d $ e f; ");
  CHECK(words("a && b || c | d; e &\nf") == "a; b; c; d; e; f; ");
  CHECK(words("if a; then b; else\n ! c\nfi; while d; do e; done; { f; }; (g)") ==
        "a; b; c; d; e; done; f; g; ");
  CHECK(words("a \\\n  b >x 2>&1 <y c") == "a b c; ");
  CHECK(words("cat <<EOF >x\ncurl https://x.org\nEOF\na <<-'E'\n\tb\n\tE\nc") == "cat; a; c; ");
  CHECK(words("U=https://x.org\nexport V=\"$U/y\"\na $V ${U} ${W:-z} ${V%y} $Q") ==
        "a https://x.org/y https://x.org z $ $; ");
  CHECK(words("a $HOME", {{"HOME", "/h"}}) == "a /h; ");
  CHECK(words("x=$(curl y); a \"`b c`\" $(d $(e))") == "curl y; b c; e; d $; a $ $; ");
  CHECK(words("for m in one two; do a $m; done") == "a one; done; ");
  CHECK(
      words(
          "sudo -u x timeout -k 5 30 env A=b a b; exec c; gosu u d; command -v e; command f; xargs -n 1 g") ==
      "a b; c; d; f; g; ");
  CHECK(words("bash -ec 'a; sh -c \"b c\"'; su x -c 'd'; eval 'e f'") == "a; b c; d; e f; ");
}

TEST_CASE("a script from outside ends, however it is made") {
  for (const std::string piece :
       {"$(", "`", "\"", "'", "${", "<<", "sh -c '", "exec ", "A=$A$A ", "(", "\\", "$A"}) {
    CAPTURE(piece);
    std::string script = "A=" + std::string(4000, 'x') + "\n";
    while (script.size() < 300'000) {
      script += piece;
    }
    std::size_t size_bytes = 0;
    for (const images::ShellCommand& command : shell_commands(script, {})) {
      size_bytes += join(command, " ").size();
    }
    CHECK(size_bytes < (64u << 20));
  }
}

TEST_CASE("a model that a hook pulls is found, with its command") {
  CHECK(found(deployment(
            "          lifecycle: {postStart: {exec: {command: [/bin/sh, -c, 'while ! ollama ps; do "
            "sleep 1; done; /bin/ollama pull llama3.2:1b']}}}\n")) == Rows{"/bin/ollama pull llama3.2:1b"});
  CHECK(fetches("ollama run phi3"));
  CHECK_FALSE(fetches("ollama list"));
  CHECK_FALSE(fetches("ollama serve"));
}

TEST_CASE("commands that fetch from outside") {
  for (const std::string command : {"curl -fsSL https://x.example.com/a.bin -o /a",
                                    "wget -q http://x.example.com/a",
                                    "curl x.example.com/a.tgz",
                                    "git clone https://github.com/x/y /d",
                                    "git clone git@github.com:x/y.git",
                                    "git clone $REPOSITORY /d",
                                    "git -C /d pull",
                                    "git submodule update --init",
                                    "pip install requests",
                                    "python3 -m pip install -r /r.txt",
                                    "uv pip install x",
                                    "npm ci",
                                    "npx tool",
                                    "yarn add x",
                                    "apt-get -y update",
                                    "apt-get install -y curl",
                                    "apk add --no-cache jq",
                                    "dnf -y install x",
                                    "microdnf install x",
                                    "gem install x",
                                    "go install x@latest",
                                    "helm repo add x https://x.example.com",
                                    "helm pull oci://ghcr.io/x/y",
                                    "helm upgrade --install x oci://ghcr.io/x/y",
                                    "kubectl apply -f https://x.example.com/m.yaml",
                                    "huggingface-cli download org/name",
                                    "hf download org/name",
                                    "aws s3 cp s3://bucket/x /x",
                                    "gsutil cp gs://bucket/x /x",
                                    "oras pull ghcr.io/x/y:1",
                                    "docker pull busybox",
                                    "skopeo copy docker://quay.io/a/b dir:/x",
                                    "jenkins-plugin-cli -f /plugins.txt",
                                    "grafana-cli plugins install x",
                                    "grafana cli plugins install x",
                                    "elasticsearch-plugin install x",
                                    "vllm serve org/name --port 8000",
                                    "python3 -m vllm.entrypoints.openai.api_server --model org/name",
                                    "text-generation-launcher --model-id=org/name",
                                    "python -m sglang.launch_server --model-path org/name",
                                    "llama-server -hf org/name",
                                    "python -c 'from huggingface_hub import x; snapshot_download(\"a\")'"}) {
    CAPTURE(command);
    CHECK(fetches(command));
  }
}

TEST_CASE("what talks to the pod itself, to a Service, or to nobody is none") {
  for (const std::string command : {"curl http://localhost:8080/health",
                                    "wget -qO- 127.0.0.1:9000/ready",
                                    "curl http://[::1]:80/",
                                    "curl -sf http://${HOST}:${PORT}/",
                                    "curl http://api:5001/health",
                                    "curl http://api.ns:5001/health",
                                    "curl https://kubernetes.default.svc/api",
                                    "curl http://x.ns.svc.cluster.local",
                                    "curl http://10.0.0.1/",
                                    "curl -H 'X: y' http://192.168.1.1:8080",
                                    "curl http://169.254.169.254/latest/meta-data",
                                    "curl --unix-socket /s http://localhost/x",
                                    "echo curl https://x.example.com",
                                    "command -v curl",
                                    "which wget",
                                    "curl -X POST https://hooks.example.com/x -d '{}'",
                                    "git config --global x y",
                                    "git init",
                                    "git clone /repo /d",
                                    "git clone http://gitea.git.svc:3000/x/y",
                                    "pip --version",
                                    "pip install --no-index x",
                                    "pip install /wheels/x.whl",
                                    "pip install .",
                                    "dnf install /rpms/x.rpm",
                                    "npm start",
                                    "npm run build",
                                    "apt-cache search x",
                                    "helm version",
                                    "helm upgrade --install x ./chart",
                                    "kubectl apply -f /m.yaml",
                                    "kubectl get pods",
                                    "aws s3 cp /x s3://bucket/x",
                                    "aws --endpoint-url http://minio:9000 s3 cp s3://b/x /x",
                                    "vllm serve /models/name",
                                    "text-generation-launcher --model-id /data/name",
                                    "docker ps",
                                    "crane pull registry.ns.svc:5000/a/b x.tar",
                                    "skopeo copy docker://10.0.0.1:5000/a/b registry:5000/c",
                                    "grafana server",
                                    "curl file:///x",
                                    "curl -o /dev/null -w '%{http_code}' http://localhost/"}) {
    CAPTURE(command);
    CHECK_FALSE(fetches(command));
  }
}

TEST_CASE("variables come from the container, and from the ConfigMaps that it names") {
  CHECK(of_script("curl -o /m $URL", "          env: [{name: URL, value: 'https://x.example.com/m'}]\n") ==
        Rows{"curl -o /m https://x.example.com/m"});
  CHECK(of_script("curl -o /m $URL", "          env: [{name: URL, value: 'http://files:80/m'}]\n").empty());
  CHECK(
      found(
          deployment("          command: [wget, $(URL)]\n          envFrom: [{configMapRef: {name: m}}]\n") +
          "---\n" + config_map("  URL: https://x.example.com/m\n")) == Rows{"wget https://x.example.com/m"});
  CHECK(found("apiVersion: v1\nkind: Service\nmetadata: {name: files}\n---\n" +
              deployment("          command: [wget, 'http://files.example.com/m']\n"))
            .empty());
  CHECK(of_script("vllm serve org/name", "          env: [{name: HF_HUB_OFFLINE, value: '1'}]\n").empty());
}

TEST_CASE("an image that is a tool itself is known by its name") {
  const auto pod = [](const std::string& image, const std::string& rest) {
    return found(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {initContainers: [{name: c, image: '" + image +
        "', " + rest + "}]}\n");
  };
  CHECK(pod("alpine/git:2", "args: [clone, 'https://github.com/x/y', /d]") ==
        Rows{"git clone https://github.com/x/y /d"});
  CHECK(pod("vllm/vllm-openai:v1", "args: [--model, org/name]") == Rows{"vllm-openai --model org/name"});
  CHECK(pod("registry.k8s.io/git-sync/git-sync:v4", "args: ['--repo=https://github.com/x/y']").size() == 1);
  CHECK(pod("ghcr.io/huggingface/text-generation-inference:3", "env: [{name: MODEL_ID, value: org/name}]") ==
        Rows{"MODEL_ID=org/name"});
  CHECK(pod("grafana/grafana:11", "env: [{name: GF_INSTALL_PLUGINS, value: x}]") ==
        Rows{"GF_INSTALL_PLUGINS=x"});
  CHECK(pod("x/y:1", "args: [clone, 'https://github.com/x/y']").empty());
}

TEST_CASE("scripts in ConfigMaps and Secrets, and addresses of models in custom resources") {
  CHECK(found(config_map("  install.sh: |\n    cd /x\n    wget https://x.example.com/a\n")).size() == 1);
  CHECK(found(config_map("  entrypoint: |\n    #!/usr/bin/env bash\n    pip install x\n")).size() == 1);
  CHECK(found(config_map("  notes: |\n    Run\n    wget https://x.example.com/a\n")).empty());
  CHECK(found(config_map("  run.sh.sample: |\n    wget https://x.example.com/a\n")).empty());
  CHECK(found("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {run.sh: 'wget "
              "https://x.example.com/a'}\n")
            .size() == 1);
  CHECK(found(config_map(
            "  job.yaml: |\n    spec:\n      containers:\n        - command: [pip, install, x]\n")) ==
        Rows{"pip install x"});
  CHECK(found(custom("  url: hf://org/name\n")) == Rows{"hf://org/name"});
  CHECK(found(custom("  url: s3://bucket/name\n")).empty());
  CHECK(found(custom("  model: {enabled: false, url: 'hf://org/name'}\n")).empty());
  CHECK(found(custom("  serveConfigV2: |\n    applications:\n      - runtime_env:\n          working_dir: "
                     "https://github.com/x/y/archive/1.zip\n          pip: [requests==1]\n")) ==
        Rows{"pip: requests==1", "https://github.com/x/y/archive/1.zip"});
  CHECK(found(custom("  runtimeEnvYAML: |\n    env_vars: {a: b}\n    pip:\n      - x\n")) == Rows{"pip: x"});
}

TEST_CASE("hooks of helm test run nowhere, other hooks do") {
  const auto job = [](const std::string& hook) {
    return found("apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: '" + hook +
                 "'}}\nspec: {template: {spec: {containers: [{name: c, image: 'a/b:1', command: [wget, "
                 "'https://x.example.com/a']}]}}}\n");
  };
  CHECK(job("test").empty());
  CHECK(job("post-install").size() == 1);
}

TEST_CASE("a download stops as an undecided image does, says what to carry, and is answered by ignore") {
  const std::string yaml = deployment("          command: [ollama, pull, 'llama3.2:1b']\n");
  const helm::ScanResult asked = scan_text(yaml);
  REQUIRE(asked.undecided.size() == 1);
  CHECK(asked.undecided[0] ==
        "Deployment/d spec.template.spec.containers[0].command: `ollama pull llama3.2:1b` downloads when it "
        "runs, which "
        "a site without internet cannot\n"
        "  carry the model in files: (`to:` a folder of the node) and give the pod that path; then, or when "
        "it never "
        "runs there, answer it in the component's images: ignore: [{at: {kind: Deployment, path: "
        "spec.template.spec.containers.command}, because: …}]");
  CHECK(scan_text(deployment("          command: [ollama, pull, 'hf.co/org/name:q4']\n")).undecided.size() ==
        1);
  helm::ScanRequest request;
  request.extra_rules.ignore.push_back(
      {.at = {.kind = "Deployment", .path = "spec.template.spec.containers.command"},
       .because = "in files:"});
  const helm::ScanResult answered = scan_text(yaml, request);
  CHECK(answered.undecided.empty());
  CHECK(answered.used_rules.size() == 1);
  CHECK(rows(answered) == Rows{"podspec quay.io/a/main:v1"});
}
