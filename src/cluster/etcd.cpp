#include "cluster/etcd.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "host/facts.hpp"

namespace bundle::cluster {
namespace {

/// Nodes that have an etcd, as their pods say.
std::vector<std::string> etcd_nodes(const host::Host& host) {
  constexpr std::string_view kPrefix = "pod/etcd-";
  const CommandResult shown =
      host.ask(kubectl({"--namespace", "kube-system", "get", "pods", "-l", "component=etcd", "-o", "name"}));
  std::vector<std::string> nodes;
  for (const std::string_view pod : split_words(shown.out)) {
    if (pod.starts_with(kPrefix)) {
      nodes.emplace_back(pod.substr(kPrefix.size()));
    }
  }
  return nodes;
}

/// By its name, or, before it has started, by its address.
bool is_own(const host::Host& host, const EtcdMember& member, const std::string& name) {
  if (!member.name.empty()) {
    return member.name == name;
  }
  const std::vector<host::HostAddress> addresses = host::host_addresses(host);
  return std::any_of(addresses.begin(), addresses.end(), [&](const host::HostAddress& address) {
    return member.peer_urls == fmt::format("https://{}:2380", spec::format_ipv4(address.network.address));
  });
}

/// True when it is out, or was not in.
bool remove_own_member(const host::Host& host, const std::string& asked,
                       const std::vector<EtcdMember>& members, const std::string& name) {
  return std::all_of(members.begin(), members.end(), [&](const EtcdMember& member) {
    return !is_own(host, member, name) ||
           host.ask(kubectl(etcdctl(asked, {"member", "remove", member.id}))).status == 0;
  });
}

}  // namespace

std::vector<std::string> etcdctl(const std::string& node, const std::vector<std::string>& words) {
  const std::string keys = "/etc/kubernetes/pki/etcd/";
  std::vector<std::string> all{"--namespace",
                               "kube-system",
                               "exec",
                               "etcd-" + node,
                               "--",
                               "etcdctl",
                               "--endpoints=https://127.0.0.1:2379",
                               "--cacert=" + keys + "ca.crt",
                               "--cert=" + keys + "server.crt",
                               "--key=" + keys + "server.key"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

/// `ID, started, NAME, PEER-URLS, CLIENT-URLS, LEARNER`. Source: etcdctl's simple printer, member list.
std::vector<EtcdMember> parse_members(std::string_view text) {
  constexpr std::size_t kColumns = 6;
  std::vector<EtcdMember> members;
  for (const std::string_view line : split(text, '\n')) {
    std::vector<std::string> columns;
    for (const std::string_view column : split(line, ',')) {
      columns.emplace_back(trim(column));
    }
    if (columns.size() >= kColumns) {
      members.push_back({.id = columns[0],
                         .name = columns[2],
                         .peer_urls = columns[3],
                         .is_learner = columns.back() == "true"});
    }
  }
  return members;
}

std::optional<std::vector<EtcdMember>> etcd_members(const host::Host& host, const std::string& node) {
  // A kubelet that has just started may take an exec and never answer it.
  const CommandResult listed = host.ask_in_time(kubectl(etcdctl(node, {"member", "list"})));
  return listed.status == 0 ? std::optional(parse_members(listed.out)) : std::nullopt;
}

Farewell leave_cluster(const host::Host& host) {
  if (!is_api_ready(host)) {
    return Farewell::unheard;
  }
  const std::string name = lower(host::host_name(host));
  std::vector<std::string> nodes = etcd_nodes(host);
  // One of the others first: it stays when this one has gone.
  std::stable_partition(nodes.begin(), nodes.end(), [&](const std::string& node) { return node != name; });
  for (const std::string& node : nodes) {
    const std::optional<std::vector<EtcdMember>> members = etcd_members(host, node);
    if (!members) {
      continue;
    }
    if (members->size() < 2 && is_own(host, members->front(), name)) {
      return Farewell::said;  // the cluster ends with it
    }
    // The list of nodes first: this host's API server may be the one that is asked, and ends with its etcd.
    const bool is_listed_no_more =
        host.ask(kubectl({"delete", "--ignore-not-found", "--wait=false", "--", "node", name})).status == 0;
    return is_listed_no_more && remove_own_member(host, node, *members, name) ? Farewell::said
                                                                              : Farewell::refused;
  }
  return Farewell::unheard;
}

}  // namespace bundle::cluster
