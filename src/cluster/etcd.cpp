#include "cluster/etcd.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

/// etcdctl of the etcd container, with the certificate that it has there.
std::vector<std::string> etcdctl(const std::string& node, const std::vector<std::string>& words) {
  const std::string keys = "/etc/kubernetes/pki/etcd/";
  std::vector<std::string> argv =
      kubectl({"--namespace", "kube-system", "exec", "etcd-" + node, "--", "etcdctl",
               "--endpoints=https://127.0.0.1:2379", "--cacert=" + keys + "ca.crt",
               "--cert=" + keys + "server.crt", "--key=" + keys + "server.key"});
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

}  // namespace

std::vector<EtcdMember> etcd_members(const host::Host& host, const std::string& node) {
  const CommandResult listed = host.ask(etcdctl(node, {"member", "list", "-w", "json"}));
  if (listed.status != 0) {
    throw Error(ErrorKind::step,
                fmt::format("etcd on {} cannot be asked for its members: {}", node, trim(listed.err)),
                fmt::format("kubectl -n kube-system logs etcd-{}", node));
  }
  std::vector<EtcdMember> members;
  const json::Value document = json::parse(listed.out, "the members of etcd", ErrorKind::step);
  const json::Value* rows = document.find("members");
  for (const json::Value& row :
       rows == nullptr || rows->if_array() == nullptr ? json::Array() : *rows->if_array()) {
    members.push_back({.name = json::text_at(row, "name"),
                       .peer_urls = json::texts_at(row, "peerURLs"),
                       .is_learner = json::flag_at(row, "isLearner")});
  }
  return members;
}

}  // namespace bundle::cluster
