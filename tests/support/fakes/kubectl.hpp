#pragma once

#include <set>

#include "base/json.hpp"
#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// kubectl, and the cluster behind it. It needs the file that --kubeconfig names, and an API that answers.
class FakeKubectl final : public FakeProgram {
 public:
  using Labels = std::map<std::string, std::string>;
  struct Node {
    Labels labels;
    std::set<std::string> taints;  ///< `key=value:Effect` or `key:Effect`
    bool is_ready = true;
    std::string address;
    std::string kubelet = "v1.34.3";
    std::vector<std::string> images;  ///< names, each of an image of its own
    Labels annotations = {};
    unsigned version = 1;
    bool is_cordoned = false;
  };
  struct Pod {
    std::string space;
    std::string name;
    std::string ready = "1/1";
    std::string status = "Running";
    unsigned restarts = 0;
    std::string image;
    std::string node;
    std::string owner = "ReplicaSet";  ///< the kind of it; empty: the node itself, a static pod
    std::string budget;                ///< the PodDisruptionBudget that holds it; empty: none
  };

  explicit FakeKubectl(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;
  /// A cluster as `kubeadm init` makes it, with this one node; and none at all, unless others keep it.
  void make_cluster(const std::string& node);
  void clear_cluster();

  bool is_api_ready = false;
  bool is_elsewhere = false;      ///< made by another host, which keeps it
  bool is_endpoint_lost = false;  ///< only who names a server by --server is answered
  unsigned refusals = 0;          ///< so many commands more are refused, as by an API that is just starting
  std::map<std::string, Node> nodes;
  std::map<std::string, bool> etcd_members;  ///< and whether each votes
  std::string etcd_leader;                   ///< empty: none
  std::set<std::string> silent_members;      ///< those that do not answer when etcdctl asks all
  std::map<std::string, Labels> namespaces;
  /// Content digests: by path, or `Kind/NAMESPACE/NAME` for an object that came through stdin.
  std::map<std::string, std::string> applied;
  std::map<std::string, bool> workloads;  ///< `NAMESPACE/deployment/NAME`, and whether all pods are there
  std::vector<Pod> pods;
  std::string events;  ///< as `get events` prints them
  /// Called before a patch is looked at: somebody may change the node meanwhile.
  std::function<void()> before_patch = [] {};
  /// Called after a manifest was applied, with its key in `applied`.
  std::function<void(const std::string& key)> on_apply = [](const std::string&) {};

 private:
  static CommandResult not_found(const std::string& kind, const std::string& name);

  /// What `-f` names; `fault` when it cannot be read.
  struct Source {
    std::string key;
    std::string content;
    json::Value object;  ///< of stdin
    CommandResult fault;
  };

  CommandResult reply(const Command& command);
  CommandResult answer_ready(const Command& command, const Arguments& arguments);
  Source source_of(const Command& command, const Arguments& arguments) const;
  CommandResult apply(const Source& source);
  CommandResult diff(const Source& source) const;
  CommandResult remove(const Source& source, const Arguments& arguments);
  CommandResult remove_object(const Command& command, const Arguments& arguments);
  CommandResult get(const Command& command, const Arguments& arguments);
  std::string nodes_json() const;
  std::string workloads_json() const;
  std::string pending_pods_json() const;
  std::string pods_on_json(const std::string& node) const;
  CommandResult evict(const Command& command, const std::string& path);
  CommandResult patch_node(const Command& command, const Arguments& arguments);
  CommandResult wait_for_node(const Command& command, const Arguments& arguments);
  CommandResult rollout(const Arguments& arguments) const;
  std::string pod_lines() const;
  CommandResult answer_etcd(const std::vector<std::string>& words);
  CommandResult etcd_voices() const;

  HostFolder host_;
};

}  // namespace bundle::test
