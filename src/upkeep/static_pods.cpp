#include "upkeep/static_pods.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/api_client.hpp"
#include "cluster/kubectl.hpp"
#include "deliver/ctr.hpp"
#include "signing/certificate.hpp"
#include "survey/api.hpp"

namespace bundle::upkeep {
namespace {

/// An API server that is asked to end takes no more requests, and then waits up to a minute for clients that
/// watch; what is under way otherwise ends within seconds.
constexpr auto kStopPatience = std::chrono::seconds(15);
constexpr auto kKillPatience = std::chrono::seconds(20);
constexpr auto kStartPatience = std::chrono::minutes(4);

using Containers = std::set<std::string>;

/// What curl is given, and whose certificate it must see. Source: kubeadm's pods, their probes and flags.
struct Component {
  std::string_view name;
  std::string_view url;
  std::array<std::string_view, 6> options;  ///< empty ones are left out
  std::string_view certificate;             ///< empty: it makes its own
};

constexpr std::array<Component, 4> kControlPlane{
    Component{.name = "etcd",
              .url = "https://127.0.0.1:2379/health",
              .options = {"--cacert", "/etc/kubernetes/pki/etcd/ca.crt", "--cert",
                          "/etc/kubernetes/pki/etcd/healthcheck-client.crt", "--key",
                          "/etc/kubernetes/pki/etcd/healthcheck-client.key"},
              .certificate = "/etc/kubernetes/pki/etcd/server.crt"},
    Component{.name = "kube-apiserver",
              .url = "https://kubernetes:6443/readyz",
              .options = {"--cacert", "/etc/kubernetes/pki/ca.crt", "--resolve", "kubernetes:6443:127.0.0.1"},
              .certificate = "/etc/kubernetes/pki/apiserver.crt"},
    Component{.name = "kube-controller-manager",
              .url = "https://127.0.0.1:10257/healthz",
              .options = {"--insecure"},
              .certificate = {}},
    Component{.name = "kube-scheduler",
              .url = "https://127.0.0.1:10259/livez",
              .options = {"--insecure"},
              .certificate = {}}};

/// Those of a component that run now.
Containers running(const host::Host& host, std::string_view component) {
  const std::string filter = fmt::format(
      R"(labels."io.kubernetes.container.name"=={},labels."io.kubernetes.pod.namespace"==kube-system)",
      component);
  const CommandResult known = host.runner.run(deliver::ctr({"containers", "ls", "-q", filter}));
  const CommandResult tasks = host.runner.run(deliver::ctr({"tasks", "ls"}));
  Containers running;
  for (const std::string_view line : split(tasks.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() > 2 && words[2] == "RUNNING") {
      running.emplace(words[0]);
    }
  }
  Containers found;
  for (const std::string_view id : split_words(known.out)) {
    if (running.contains(std::string(id))) {
      found.emplace(id);
    }
  }
  return found;
}

void signal(const host::Host& host, const Containers& ids, const std::string& name) {
  for (const std::string& id : ids) {
    host.runner.run(deliver::ctr({"tasks", "kill", "--signal", name, id}));
  }
}

bool are_gone(const host::Host& host, std::string_view component, const Containers& ids) {
  const Containers now = running(host, component);
  return std::none_of(ids.begin(), ids.end(), [&](const std::string& id) { return now.contains(id); });
}

/// Nothing: all is well; else what is not.
std::string fault_of(const host::Host& host, const Component& component) {
  std::vector<std::string> argv{
      "curl",       "--disable", "--silent", "--show-error", "--verbose",   "--noproxy",   "*",
      "--max-time", "6",         "--output", "/dev/null",    "--write-out", "%{http_code}"};
  for (const std::string_view option : component.options) {
    if (!option.empty()) {
      argv.emplace_back(option);
    }
  }
  argv.emplace_back(component.url);
  const CommandResult said = host.ask(std::move(argv));
  if (said.status != 0 || trim(said.out) != "200") {
    return said.status == 0 ? fmt::format("HTTP {}", escaped(trim(said.out))) : survey::last_words(said);
  }
  if (component.certificate.empty()) {
    return {};
  }
  const std::optional<std::int64_t> wanted =
      signing::first_end(host.read(component.certificate).value_or(""));
  const std::optional<std::int64_t> shown = cluster::shown_end(said.err);
  return wanted == shown ? std::string()
                         : fmt::format("it shows a certificate that ends at {}, that in {} ends at {}",
                                       shown ? format_utc(*shown) : "an unknown time", component.certificate,
                                       wanted ? format_utc(*wanted) : "an unknown time");
}

void restart(const host::Host& host, const Component& component) {
  const Containers before = running(host, component.name);
  stop_containers(host, {std::string(component.name)});
  std::string fault;
  const auto is_well = [&] {
    const Containers now = running(host, component.name);
    const bool is_new = !now.empty() && are_gone(host, component.name, before);
    fault = is_new ? fault_of(host, component) : "the kubelet has not started it anew";
    return fault.empty();
  };
  if (!host.wait_until(is_well, kStartPatience)) {
    throw Error(ErrorKind::step,
                fmt::format("{} is not well {} s after it was restarted: {}", component.name,
                            std::chrono::seconds(kStartPatience).count(), fault),
                "crictl ps -a; crictl logs of its container; journalctl -u kubelet");
  }
}

}  // namespace

std::vector<std::string> control_plane() {
  std::vector<std::string> names;
  for (const Component& component : kControlPlane) {
    names.emplace_back(component.name);
  }
  return names;
}

void stop_containers(const host::Host& host, const std::vector<std::string>& components) {
  for (const std::string& component : components) {
    const Containers ids = running(host, component);
    signal(host, ids, "SIGTERM");
    const auto is_gone = [&] { return are_gone(host, component, ids); };
    if (host.wait_until(is_gone, kStopPatience)) {
      continue;
    }
    signal(host, ids, "SIGKILL");
    if (!host.wait_until(is_gone, kKillPatience)) {
      throw Error(ErrorKind::step, fmt::format("the container of {} does not end", component),
                  "ctr -n k8s.io tasks ls; journalctl -u containerd");
    }
  }
}

void restart_control_plane(const host::Host& host) {
  for (const Component& component : kControlPlane) {
    host.log.info(fmt::format("restarting {}", component.name));
    restart(host, component);
  }
}

void wait_for_own_api(const host::Host& host) {
  const auto is_ready = [&] {
    return host.ask(cluster::own_kubectl({"get", "--raw", "/readyz", "--request-timeout=5s"})).status == 0;
  };
  if (!host.wait_until(is_ready, kStartPatience)) {
    throw Error(ErrorKind::step, "the API server of this host does not become ready",
                "crictl ps -a; journalctl -u kubelet");
  }
}

}  // namespace bundle::upkeep
