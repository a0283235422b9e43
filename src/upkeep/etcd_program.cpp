#include "upkeep/etcd_program.hpp"

#include <chrono>

#include "base/error.hpp"
#include "base/yaml.hpp"
#include "deliver/ctr.hpp"

namespace bundle::upkeep {
namespace {

constexpr const char* kContainer = "bundle-etcd-program";
constexpr const char* kKeys = "/etc/kubernetes/pki/etcd";
/// A database of etcd has 8 GiB at most, and may lie on a slow disk.
constexpr auto kPatience = std::chrono::minutes(30);

/// After a boot it may just be starting.
void wait_for_containerd(const host::Host& host) {
  constexpr auto kStartPatience = std::chrono::minutes(1);
  const auto answers = [&] {
    return host.runner.run(deliver::ctr({"version"}, std::chrono::seconds(30))).status == 0;
  };
  if (!host.wait_until(answers, kStartPatience)) {
    throw Error(ErrorKind::step, "containerd does not answer: no program of etcd's image can run",
                "systemctl status containerd; journalctl -u containerd");
  }
}

void remove_container(const host::Host& host) {
  const auto quietly = [&](std::vector<std::string> words) {
    host.runner.run(deliver::ctr(std::move(words), std::chrono::seconds(60)));
  };
  quietly({"tasks", "kill", "--signal", "SIGKILL", kContainer});
  quietly({"tasks", "delete", "--force", kContainer});
  quietly({"containers", "delete", kContainer});
  quietly({"snapshots", "delete", kContainer});
}

/// The value of `--KEY=VALUE` in the command of the pod; empty when there is none.
std::string value_of(const yaml::Node& command, const std::string& key) {
  for (const yaml::Node& word : command.items) {
    if (word.text.starts_with(key + "=")) {
      return word.text.substr(key.size() + 1);
    }
  }
  return {};
}

}  // namespace

EtcdPod own_etcd(const host::Host& host) {
  const std::optional<std::string> text = host.read(kEtcdManifest);
  if (!text) {
    throw Error(ErrorKind::preflight, fmt::format("there is no {}: this host has no etcd", kEtcdManifest),
                "run it on a master");
  }
  const yaml::Node root = yaml::parse_one(*text, std::string(kEtcdManifest), ErrorKind::step);
  const yaml::Node* spec = root.find("spec");
  const yaml::Node* containers = spec == nullptr ? nullptr : spec->find("containers");
  if (containers == nullptr || containers->items.empty()) {
    fail(ErrorKind::step, "{} has no container", kEtcdManifest);
  }
  const yaml::Node& container = containers->items.front();
  const yaml::Node* image = container.find("image");
  const yaml::Node* command = container.find("command");
  EtcdPod etcd;
  if (image != nullptr && command != nullptr) {
    etcd = {.image = image->text,
            .name = value_of(*command, "--name"),
            .peer_url = value_of(*command, "--initial-advertise-peer-urls")};
  }
  if (etcd.image.empty() || etcd.name.empty() || etcd.peer_url.empty()) {
    fail(ErrorKind::step, "{} does not say its image, --name and --initial-advertise-peer-urls",
         kEtcdManifest);
  }
  return etcd;
}

CommandResult run_etcd_program(const host::Host& host, const EtcdPod& etcd, const std::vector<Bind>& binds,
                               const std::vector<std::string>& argv) {
  wait_for_containerd(host);
  remove_container(host);
  std::vector<std::string> words{"run", "--rm", "--net-host"};
  for (const Bind& bind : binds) {
    words.insert(words.end(), {"--mount", fmt::format("type=bind,src={0},dst={0},options=rbind:{1}",
                                                      bind.folder, bind.is_writable ? "rw" : "ro")});
  }
  words.insert(words.end(), {etcd.image, kContainer});
  words.insert(words.end(), argv.begin(), argv.end());
  return host.runner.run(deliver::ctr(std::move(words), kPatience));
}

CommandResult run_etcdctl(const host::Host& host, const EtcdPod& etcd, std::vector<Bind> binds,
                          const std::vector<std::string>& words) {
  binds.push_back({.folder = kKeys});
  std::vector<std::string> argv{"etcdctl", "--endpoints=https://127.0.0.1:2379",
                                fmt::format("--cacert={}/ca.crt", kKeys),
                                fmt::format("--cert={}/healthcheck-client.crt", kKeys),
                                fmt::format("--key={}/healthcheck-client.key", kKeys)};
  argv.insert(argv.end(), words.begin(), words.end());
  return run_etcd_program(host, etcd, binds, argv);
}

}  // namespace bundle::upkeep
