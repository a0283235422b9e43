#include "support/fakes/kubectl.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

const std::set<std::string_view> kValued{"--kubeconfig",
                                         "--cache-dir",
                                         "-n",
                                         "--namespace",
                                         "-f",
                                         "-o",
                                         "-l",
                                         "--timeout",
                                         "--for",
                                         "--raw",
                                         "--request-timeout",
                                         "--server",
                                         "--tls-server-name",
                                         "--field-manager",
                                         "--field-selector",
                                         "--patch"};

/// Options that go with every verb.
bool fits(const Arguments& arguments, std::initializer_list<std::string_view> words,
          std::set<std::string_view> allowed = {}) {
  allowed.insert({"--kubeconfig", "--cache-dir", "-n", "--namespace", "--request-timeout", "--server",
                  "--tls-server-name"});
  return arguments.are(words, allowed);
}

std::string namespace_of(const Arguments& arguments) {
  const std::string space = arguments.value("--namespace") + arguments.value("-n");
  return space.empty() ? "default" : space;
}

}  // namespace

CommandResult FakeKubectl::not_found(const std::string& kind, const std::string& name) {
  return failed(1, fmt::format("Error from server (NotFound): {} \"{}\" not found\n", kind, name));
}

void FakeKubectl::answer(FakeRunner& runner) {
  on(runner, {"kubectl"}, [this](const Command& command) { return reply(command); });
}

void FakeKubectl::describe(WorldState& state) const {
  state["cluster api"] = is_api_ready ? "ready" : "silent";
  for (const auto& [name, node] : nodes) {
    state["cluster node " + name] =
        std::string(node.is_ready ? "Ready" : "NotReady") + (node.is_cordoned ? ", cordoned" : "");
    for (const auto& [key, value] : node.labels) {
      state[fmt::format("cluster node {} label {}", name, key)] = value;
    }
    for (const auto& [key, value] : node.annotations) {
      state[fmt::format("cluster node {} annotation {}", name, key)] = value;
    }
    for (const std::string& taint : node.taints) {
      state[fmt::format("cluster node {} taint {}", name, taint)] = "set";
    }
  }
  for (const auto& [name, votes] : etcd_members) {
    state["cluster etcd " + name] = votes ? "votes" : "learns";
  }
  for (const auto& [name, labels] : namespaces) {
    state["cluster namespace " + name] = "made";
    for (const auto& [key, value] : labels) {
      state[fmt::format("cluster namespace {} label {}", name, key)] = value;
    }
  }
  for (const auto& [key, digest] : applied) {
    state["cluster applied " + key] = digest;
  }
}

void FakeKubectl::make_cluster(const std::string& node) {
  is_api_ready = true;
  nodes[node] = {.labels = {{"kubernetes.io/hostname", node}, {"node-role.kubernetes.io/control-plane", ""}},
                 .taints = {"node-role.kubernetes.io/control-plane:NoSchedule"}};
  for (const std::string name : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    namespaces[name] = {{"kubernetes.io/metadata.name", name}};
  }
}

void FakeKubectl::clear_cluster() {
  if (is_elsewhere) {
    return;
  }
  is_api_ready = false;
  nodes.clear();
  namespaces.clear();
  applied.clear();
  etcd_members.clear();
  etcd_leader.clear();
  workloads.clear();
  pods.clear();
  events.clear();
}

CommandResult FakeKubectl::reply(const Command& command) {
  const Arguments arguments = take_apart(command.argv, kValued);
  const std::string kubeconfig = arguments.value("--kubeconfig");
  if (kubeconfig.empty()) {
    return refuse(command);  // ours never rely on what the environment says
  }
  if (!host_.exists(kubeconfig)) {
    return failed(1, fmt::format("error: stat {}: no such file or directory\n", kubeconfig));
  }
  const bool is_lost = is_endpoint_lost && !arguments.has("--server");
  if (!is_api_ready || is_lost || refusals > 0) {
    refusals -= refusals > 0 ? 1 : 0;
    return failed(
        1,
        "The connection to the server 10.0.0.5:6443 was refused - did you specify the right host or "
        "port?\n");
  }
  return answer_ready(command, arguments);
}

CommandResult FakeKubectl::answer_ready(const Command& command, const Arguments& arguments) {
  const bool has_source = arguments.has("-f") && arguments.words.size() == 1;
  if (has_source && arguments.has("--server-side") &&
      fits(arguments, {"apply"}, {"--server-side", "--force-conflicts", "--field-manager", "-f"})) {
    return apply(source_of(command, arguments));
  }
  if (has_source && arguments.has("--server-side") &&
      fits(arguments, {"diff"}, {"--server-side", "--force-conflicts", "--field-manager", "-f"})) {
    return diff(source_of(command, arguments));
  }
  if (has_source && fits(arguments, {"delete"}, {"-f", "--ignore-not-found", "--wait", "--timeout"})) {
    return remove(source_of(command, arguments), arguments);
  }
  if (fits(arguments, {"delete"}, {"--ignore-not-found", "--wait", "--timeout"})) {
    return remove_object(command, arguments);
  }
  if (fits(arguments, {"get", "pods"}, {"-l", "-o"}) && arguments.value("-l") == "component=etcd") {
    std::string pods_of_etcd;
    for (const auto& [name, votes] : etcd_members) {
      pods_of_etcd += "pod/etcd-" + name + "\n";
    }
    return said(pods_of_etcd);
  }
  if (fits(arguments, {"get"},
           {"--all-namespaces", "--no-headers", "--raw", "-o", "-l", "--field-selector",
            "--ignore-not-found"})) {
    return get(command, arguments);
  }
  if (fits(arguments, {"patch"}, {"--type", "--patch"}) && arguments.value("--type") == "merge") {
    return patch_node(command, arguments);
  }
  if (fits(arguments, {"create"}, {"--v", "--raw", "-f"}) && arguments.value("-f") == "-") {
    return evict(command, arguments.value("--raw"));
  }
  if (fits(arguments, {"uncordon"}) && arguments.words.size() == 2 && nodes.contains(arguments.words[1])) {
    nodes[arguments.words[1]].is_cordoned = false;
    return said("node/" + arguments.words[1] + " uncordoned\n");
  }
  if (fits(arguments, {"wait"}, {"--for", "--timeout"})) {
    return wait_for_node(command, arguments);
  }
  const std::vector<std::string>& words = arguments.words;
  const auto verb = std::find(words.begin(), words.end(), "member");
  if (words.size() > 2 && words[0] == "exec" && words[2] == "etcdctl" && verb != words.end()) {
    return answer_etcd({verb + 1, words.end()});
  }
  if (words.size() > 5 && words[0] == "exec" && words[2] == "etcdctl" &&
      words[words.size() - 1] == "--write-out=fields") {
    return etcd_voices();
  }
  const bool is_rollout =
      fits(arguments, {"rollout", "status"}, {"--timeout"}) && arguments.words.size() == 3;
  return is_rollout ? rollout(arguments) : refuse(command);
}

FakeKubectl::Source FakeKubectl::source_of(const Command& command, const Arguments& arguments) const {
  const std::string path = arguments.value("-f");
  if (path != "-") {
    const std::optional<std::string> content = host_.read(path);
    return {.key = path,
            .content = content.value_or(""),
            .object = {},
            .fault = content ? CommandResult{}
                             : failed(1, fmt::format("error: the path \"{}\" does not exist\n", path))};
  }
  Source source{.key = {},
                .content = command.input,
                .object = json::parse(command.input, "stdin of kubectl"),
                .fault = {}};
  const json::Value* metadata = source.object.find("metadata");
  if (metadata == nullptr) {
    source.fault = failed(1, "error: error validating data: metadata is not there\n");
    return source;
  }
  source.key = fmt::format("{}/{}/{}", json::text_at(source.object, "kind"),
                           json::text_at(*metadata, "namespace"), json::text_at(*metadata, "name"));
  return source;
}

/// A namespace gets its labels; of all else only the content counts.
CommandResult FakeKubectl::apply(const Source& source) {
  if (source.fault.status != 0) {
    return source.fault;
  }
  if (source.key.starts_with("Namespace/")) {
    const json::Value& metadata = *source.object.find("metadata");
    Labels& labels = namespaces[json::text_at(metadata, "name")];
    labels["kubernetes.io/metadata.name"] = json::text_at(metadata, "name");
    if (const json::Value* wanted = metadata.find("labels")) {
      for (const auto& [key, value] : *wanted->if_object()) {
        labels[key] = *value.if_string();
      }
    }
  } else {
    applied[source.key] = "some of its objects";
    midway();
    applied[source.key] = sha256_hex(source.content);
  }
  on_apply(source.key);
  return said(source.key + " serverside-applied\n");
}

/// Source: kubectl diff --help, exit status: 0 no differences, 1 differences, more when it failed.
CommandResult FakeKubectl::diff(const Source& source) const {
  if (source.fault.status != 0) {
    return source.fault;
  }
  const auto found = applied.find(source.key);
  const bool is_same = found != applied.end() && found->second == sha256_hex(source.content);
  return is_same ? CommandResult{} : CommandResult{.status = 1, .out = "diff -u -N\n"};
}

CommandResult FakeKubectl::remove(const Source& source, const Arguments& arguments) {
  if (source.fault.status != 0) {
    return source.fault;
  }
  if (applied.erase(source.key) == 0 && !arguments.has("--ignore-not-found")) {
    return not_found("objects of", source.key);
  }
  return said(source.key + " deleted\n");
}

CommandResult FakeKubectl::remove_object(const Command& command, const Arguments& arguments) {
  if (arguments.words.size() != 3) {
    return refuse(command);
  }
  const std::string& kind = arguments.words[1];
  const std::string& name = arguments.words[2];
  std::size_t removed = 0;
  if (kind == "namespace") {
    removed = namespaces.erase(name);
    std::erase_if(applied,
                  [&](const auto& row) { return row.first.find("/" + name + "/") != std::string::npos; });
  } else if (kind == "node") {
    removed = nodes.erase(name);
  } else {
    return refuse(command);
  }
  return removed == 0 && !arguments.has("--ignore-not-found")
             ? not_found(kind + "s", name)
             : said(fmt::format("{} \"{}\" deleted\n", kind, name));
}

CommandResult FakeKubectl::rollout(const Arguments& arguments) const {
  const std::string& object = arguments.words[2];
  const auto workload = workloads.find(namespace_of(arguments) + "/" + object);
  if (workload == workloads.end()) {
    const std::size_t slash = object.find('/');
    return not_found(object.substr(0, slash) + "s.apps", object.substr(slash + 1));
  }
  return workload->second ? said(object + " successfully rolled out\n")
                          : failed(1, "error: timed out waiting for the condition\n");
}

namespace {

/// The ID of a member, as etcd makes one: a number, which `member list` prints in hex and `fields` in
/// decimal.
std::uint64_t etcd_id(const std::string& name) {
  return std::stoull(sha256_hex(name).substr(0, 15), nullptr, 16);
}

}  // namespace

/// Source: etcdctl's printer_fields.go (EndpointStatus) and ep_command.go: who does not answer is named on
/// stderr, and the exit code is 1.
CommandResult FakeKubectl::etcd_voices() const {
  CommandResult result;
  for (const auto& [name, votes] : etcd_members) {
    if (silent_members.contains(name)) {
      result.status = 1;
      result.err += fmt::format(
          "Failed to get the status of endpoint https://{}:2379 (context deadline exceeded)\n", name);
      continue;
    }
    result.out += fmt::format(
        "\"ClusterID\" : 17237436991929493444\n\"MemberID\" : {}\n\"Revision\" : 42\n\"RaftTerm\" : "
        "2\n\"Version\" : "
        "\"3.6.5\"\n\"Leader\" : {}\n\"IsLearner\" : {}\n\"Errors\" : []\n\"Endpoint\" : "
        "\"https://{}:2379\"\n\n",
        etcd_id(name), etcd_leader.empty() ? 0 : etcd_id(etcd_leader), !votes, name);
  }
  return result;
}

/// `list` and `remove ID`. Source: etcdctl member --help.
CommandResult FakeKubectl::answer_etcd(const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"list"}) {
    std::string text;
    for (const auto& [name, votes] : etcd_members) {
      text += fmt::format("{2:x}, started, {0}, https://{0}:2380, https://{0}:2379, {1}\n", name, !votes,
                          etcd_id(name));
    }
    return said(text);
  }
  const bool is_known = words.size() == 2 && words[0] == "remove" &&
                        std::erase_if(etcd_members, [&](const auto& row) {
                          return fmt::format("{:x}", etcd_id(row.first)) == words[1];
                        }) == 1;
  return is_known ? said("Member removed from cluster\n")
                  : failed(1, "Error: etcdserver: member not found\n");
}

std::string FakeKubectl::pod_lines() const {
  std::string text;
  for (const Pod& pod : pods) {
    text += fmt::format("{}   {}   {}   {}   {}   5m   10.244.0.2   node1   <none>   <none>\n", pod.space,
                        pod.name, pod.ready, pod.status, pod.restarts);
  }
  return text;
}

}  // namespace bundle::test
