#include "unit/upkeep/master.hpp"

#include <algorithm>
#include <filesystem>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "host/state_folder.hpp"
#include "signing/certificate.hpp"
#include "steps/journal.hpp"
#include "support/test_ca.hpp"
#include "upkeep/static_pods.hpp"

namespace bundle::upkeep::test {
namespace {

namespace stdfs = std::filesystem;

const std::string kKubernetes = "/etc/kubernetes/";
const std::vector<std::string> kCertificates{
    "pki/apiserver.crt",          "pki/apiserver-etcd-client.crt",   "pki/apiserver-kubelet-client.crt",
    "pki/front-proxy-client.crt", "pki/etcd/healthcheck-client.crt", "pki/etcd/peer.crt",
    "pki/etcd/server.crt"};
const std::vector<std::string> kAuthorities{"pki/ca.crt", "pki/etcd/ca.crt", "pki/front-proxy-ca.crt"};
const std::vector<std::string> kKubeconfigs{"admin.conf", "controller-manager.conf", "scheduler.conf"};
constexpr std::size_t kPage = 512;

std::string kubeconfig(std::string_view pem) {
  return fmt::format(
      "clusters:\n- cluster:\n    server: https://10.0.0.100:6553\nusers:\n- name: admin\n  user:\n"
      "    client-certificate-data: {}\n    client-key-data: {}\n",
      base64_encode(pem), base64_encode(fmt::format("key of {}", pem)));
}

/// `Dec 17 21:33:00 2026 GMT`, as OpenSSL prints it.
std::string openssl_time(std::int64_t at) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::string text = format_utc(at);
  const std::size_t month = parse_unsigned(text.substr(5, 2)).value_or(1) - 1;
  return fmt::format("{} {} {} {} GMT", kMonths.substr(month * 3, 3), text.substr(8, 2), text.substr(11, 8),
                     text.substr(0, 4));
}

constexpr std::string_view kEtcdPod = R"(apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - etcd
    - --initial-advertise-peer-urls=https://10.0.0.5:2380
    - --initial-cluster=m1=https://10.0.0.5:2380,m2=https://10.0.0.6:2380
    - --name=m1
    image: registry.k8s.io/etcd:3.6.5-0
    name: etcd
)";

}  // namespace

std::string snapshot_bytes(std::string_view content) {
  std::string page(content);
  page.resize(kPage, '.');
  const std::string hex = sha256_hex(page);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    page.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return page;
}

Master::Master() {
  for (const std::string& name : kCertificates) {
    put(kKubernetes + name, kOldPem);
  }
  for (const std::string& name : kAuthorities) {
    put(kKubernetes + name, bundle::test::kCaPem);
  }
  for (const std::string& name : kKubeconfigs) {
    put(kKubernetes + name, kubeconfig(kOldPem));
  }
  put("/root/.kube/config", "# mine\n" + kubeconfig(kOldPem));
  put("/etc/kubernetes/manifests/kube-apiserver.yaml", "pod");
  put("/etc/kubernetes/manifests/etcd.yaml", kEtcdPod);
  put("/var/lib/etcd/member/snap/db", "old data");
  put("/etc/hosts", "# BEGIN bundle\n10.0.0.5 m1\n10.0.0.6 m2\n# END bundle\n");
  steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::write);
  journal.install(
      {.bundle = "site", .version = "1.0", .index_sha256 = "0", .roles = "master", .node = "m1", .at = 1});
  start_containers();
  using Answer = bundle::test::FakeRunner::Answer;
  programs.on({"cp"}, Answer([this](const Command& command) {
                for (std::size_t i = 3; i + 1 < command.argv.size(); ++i) {
                  const stdfs::path from = host.at(command.argv[i]);
                  stdfs::copy(from, host.at(command.argv.back()) / from.filename(),
                              stdfs::copy_options::recursive);
                }
                return CommandResult{};
              }));
  programs.on({"unshare"}, Answer([this](const Command&) { return renew(); }));
  programs.on({"ctr"}, Answer([this](const Command& command) { return ctr(command); }));
  programs.on({"curl"}, Answer([this](const Command& command) { return curl(command); }));
  programs.on({"kubectl"}, Answer([this](const Command& command) { return kubectl(command); }));
  programs.on({"timeout"}, Answer([this](const Command& command) {
                const std::string place = command.argv[command.argv.size() - 2] + " " + command.argv.back();
                return CommandResult{.status = answering.contains(place) ? 0 : 1};
              }));
  programs.on({"systemctl"}, Answer([this](const Command& command) {
                is_kubelet_on = command.argv[1] == "start";
                start_containers();
                return CommandResult{};
              }));
}

CommandResult Master::run(const Command& command) {
  if (commands++ >= cut_at) {
    throw Error(ErrorKind::interrupted, "the power went");
  }
  return programs.run(command);
}

void Master::put(const std::string& path, std::string_view content) const {
  stdfs::create_directories(host.at(path).parent_path());
  write_file_atomically(host.at(path), content);
}

std::string Master::get(const std::string& path) const { return read_file(host.at(path), 1 << 20); }

bool Master::is_renewed() const {
  const std::string renewed = kubeconfig(bundle::test::kCaPem);
  return std::all_of(
             kCertificates.begin(), kCertificates.end(),
             [&](const std::string& name) { return get(kKubernetes + name) == bundle::test::kCaPem; }) &&
         std::all_of(kKubeconfigs.begin(), kKubeconfigs.end(),
                     [&](const std::string& name) { return get(kKubernetes + name) == renewed; }) &&
         get("/root/.kube/config") == "# mine\n" + renewed;
}

bool Master::is_old() const {
  const std::string old = kubeconfig(kOldPem);
  return std::all_of(kCertificates.begin(), kCertificates.end(),
                     [&](const std::string& name) { return get(kKubernetes + name) == kOldPem; }) &&
         std::all_of(kKubeconfigs.begin(), kKubeconfigs.end(),
                     [&](const std::string& name) { return get(kKubernetes + name) == old; }) &&
         get("/root/.kube/config") == "# mine\n" + old && !exists("/etc/kubernetes/renewal") &&
         !exists("/etc/kubernetes/renewal.partial");
}

CommandResult Master::renew() const {
  if (!has_ca_key) {
    return {.status = 0, .out = "Detected external ca, certificate for serving the API can't be renewed\n"};
  }
  const std::string copy = "/etc/kubernetes/renewal.partial/";
  for (const std::string& name : kCertificates) {
    put(copy + name, bundle::test::kCaPem);
  }
  for (const std::string& name : kKubeconfigs) {
    put(copy + name, kubeconfig(bundle::test::kCaPem));
  }
  return {};
}

void Master::start_containers() {
  for (const std::string& component : control_plane()) {
    if (is_kubelet_on && !running_.contains(component)) {
      running_.insert(component);
      ++containers_[component];
      loaded_[component] = get(component == "etcd" ? "/etc/kubernetes/pki/etcd/server.crt"
                                                   : "/etc/kubernetes/pki/apiserver.crt");
    }
  }
}

CommandResult Master::ctr(const Command& command) {
  const std::vector<std::string> words(command.argv.begin() + 3, command.argv.end());  // ctr -n k8s.io
  if (words[0] == "containers" && words[1] == "ls") {
    for (const auto& [component, starts] : containers_) {
      if (words.back().find("==" + component + ",") != std::string::npos) {
        return {.status = 0, .out = fmt::format("{}-{}\n", component, starts)};
      }
    }
  }
  if (words[0] == "tasks" && words[1] == "ls") {
    return tasks();
  }
  if (words[0] == "tasks" && words[1] == "kill") {
    return kill(words.back());
  }
  if (words[0] == "version") {
    return {.status = is_containerd_on ? 0 : 1};
  }
  if (words[0] == "run") {
    const auto name = std::find(words.begin(), words.end(), "bundle-etcd-program");
    return etcd_program({name + 1, words.end()});
  }
  return {.status = 1, .out = "", .err = "not found"};
}

CommandResult Master::tasks() const {
  CommandResult listed{.status = 0, .out = "TASK PID STATUS\n"};
  for (const std::string& component : running_) {
    listed.out += fmt::format("{}-{} 1 RUNNING\n", component, containers_.at(component));
  }
  return listed;
}

CommandResult Master::kill(const std::string& id) {
  const std::string component = id.substr(0, id.rfind('-'));
  if (running_.erase(component) > 0) {
    restarted.push_back(component);
    start_containers();
  }
  return {};
}

CommandResult Master::etcd_program(const std::vector<std::string>& argv) {
  const auto value = [&](const std::string& option) {
    return *(std::find(argv.begin(), argv.end(), option) + 1);
  };
  const auto has = [&](const std::string& word) {
    return std::find(argv.begin(), argv.end(), word) != argv.end();
  };
  if (has("save")) {
    put(argv.back(), snapshot_bytes(etcdctl_error.empty() ? "data" : ""));
    return {.status = etcdctl_error.empty() ? 0 : 1, .out = "", .err = etcdctl_error};
  }
  if (has("status")) {
    return {.status = 0, .out = R"({"hash":1,"revision":42,"totalKey":7,"totalSize":512,"version":"3.6.0"})"};
  }
  if (has("health")) {
    return {.status = has_majority ? 0 : 1};
  }
  put(value("--data-dir") + "/member/snap/db", "data of " + argv[3]);
  return {};
}

CommandResult Master::curl(const Command& command) const {
  const std::string& url = command.argv.back();
  const std::string component = url.find(":2379/") != std::string::npos ? "etcd" : "kube-apiserver";
  const bool is_asked = url.find(":2379/") != std::string::npos || url.find(":6443/") != std::string::npos;
  const std::string& shown = loaded_.at(component);
  if (is_asked && bad.contains(component) && shown == bundle::test::kCaPem) {
    return {.status = 7, .out = "000", .err = "curl: (7) connection refused\n"};
  }
  return {.status = 0,
          .out = "200",
          .err = fmt::format("*  expire date: {}\n", openssl_time(signing::first_end(shown).value_or(0)))};
}

CommandResult Master::kubectl(const Command& command) {
  const std::string line = to_string(command);
  if (line.find(" delete ") != std::string::npos) {
    deleted.push_back(command.argv.back());
  }
  if (line.find("InternalIP") != std::string::npos) {
    return {.status = 0, .out = "m1 10.0.0.5\nm2 10.0.0.6\nm3 10.0.0.7\n"};
  }
  return {.status = 0, .out = line.find("-o name") != std::string::npos ? "node/m1\n" : "ok"};
}

}  // namespace bundle::upkeep::test
