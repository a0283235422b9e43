#include "leaving/forget.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/etcd.hpp"
#include "host/sockets.hpp"
#include "leaving/majority.hpp"
#include "spec/site_grammar.hpp"
#include "survey/api.hpp"
#include "survey/etcd.hpp"
#include "survey/expected.hpp"
#include "survey/nodes.hpp"

namespace bundle::leaving {
namespace {

/// The controller manager gives a node that no longer reports up after 50 s, and looks every 5 s.
/// Source: Kubernetes' pkg/controller/nodelifecycle/config/v1alpha1/defaults.go.
constexpr auto kReportPatience = std::chrono::seconds(90);
/// etcd takes nobody out within 5 s after a member has come back. Source: etcd's server.go, HealthInterval.
constexpr auto kRemovalPatience = std::chrono::seconds(30);
constexpr const char* kLook = "bundle status --cluster";

class Forgetting {
 public:
  Forgetting(const host::Host& host, std::string node)
      : host_(host), node_(std::move(node)), expected_(survey::expected_of(host)), api_(host) {}

  std::vector<std::string> run() {
    require_other_host();
    look();
    if (!is_listed_ && own_members().empty()) {
      return {};
    }
    require_silence();
    require_no_report();
    require_majority();
    return remove();
  }

 private:
  void require_other_host() const {
    if (!spec::is_node_name(node_)) {
      throw Error(ErrorKind::usage, fmt::format("'{}' is no name of a node", escaped(node_)), kLook);
    }
    if (node_ == expected_.node) {
      throw Error(ErrorKind::usage, fmt::format("this host is {} itself", node_), "bundle undo --all");
    }
    if (api_.way() == survey::Way::none) {
      throw Error(
          ErrorKind::preflight,
          "no API server answers, so that nobody can say who is in the cluster: " + api_.endpoint_said(),
          fmt::format("{}; crictl ps -a; journalctl -u kubelet", kLook));
    }
  }

  void look() {
    const survey::Known<std::vector<survey::Node>> nodes = survey::nodes_of(api_);
    if (!nodes.value) {
      refuse("the nodes cannot be seen: " + nodes.why_not, kLook);
    }
    masters_ = survey::askable_masters(expected_.node, *nodes.value);
    std::erase(masters_, node_);
    for (const survey::Node& one : *nodes.value) {
      if (one.host.name == node_) {
        is_listed_ = true;
        is_ready_ = one.is_ready;
        add_address(one.host.address);
      }
    }
    for (const survey::Host& one : expected_.site) {
      if (one.name == node_) {
        add_address(one.address);
      }
    }
    look_at_etcd();
  }

  void look_at_etcd() {
    survey::Known<std::vector<survey::EtcdMember>> etcd = survey::etcd_of(api_, masters_);
    if (!etcd.value) {
      refuse("the members of etcd cannot be seen: " + etcd.why_not, kLook);
    }
    members_ = std::move(*etcd.value);
  }

  void add_address(const std::string& address) {
    if (!address.empty() && std::find(addresses_.begin(), addresses_.end(), address) == addresses_.end()) {
      addresses_.push_back(address);
    }
  }

  std::vector<survey::EtcdMember> own_members() const {
    std::vector<survey::EtcdMember> own;
    std::copy_if(members_.begin(), members_.end(), std::back_inserter(own),
                 [&](const survey::EtcdMember& member) { return is_of(member, node_, addresses_); });
    return own;
  }

  void require_silence() const {
    struct Port {
      const char* number;
      const char* words;
    };
    constexpr std::array kPorts{
        Port{.number = "10250", .words = "its kubelet"}, Port{.number = "6443", .words = "its API server"},
        Port{.number = "2379", .words = "its etcd"}, Port{.number = "2380", .words = "its etcd"}};
    for (const std::string& address : addresses_) {
      for (const Port& port : kPorts) {
        if (host_.ask(host::connect_command(address, port.number)).status == 0) {
          refuse(fmt::format("{} answers at {}:{}", port.words, address, port.number),
                 "there: bundle undo --all");
        }
      }
    }
  }

  /// A host that this one does not reach may be alive all the same.
  void require_no_report() {
    if (!is_ready_) {
      return;
    }
    host_.log.info(fmt::format("waiting until the cluster has noticed that {} is gone", node_));
    const bool is_gone = host_.wait_until(
        [&] {
          const survey::Known<std::vector<survey::Node>> nodes = survey::nodes_of(api_);
          return nodes.value &&
                 std::none_of(nodes.value->begin(), nodes.value->end(), [&](const survey::Node& one) {
                   return one.host.name == node_ && one.is_ready;
                 });
        },
        kReportPatience);
    if (!is_gone) {
      refuse("it does not answer this host, but its kubelet reports to the API server",
             "see what is between this host and it; there: bundle undo --all");
    }
  }

  void require_majority() const {
    const std::string fault = majority_fault(voters_besides(members_, node_, addresses_));
    if (!fault.empty()) {
      refuse(fault, "start those again first");
    }
  }

  /// Out of etcd first: the node's object says where its member is.
  std::vector<std::string> remove() {
    std::vector<std::string> done;
    for (const survey::EtcdMember& member : own_members()) {
      remove_member(member.id);
      done.push_back(fmt::format("the member {} of etcd", member.id));
    }
    if (is_listed_) {
      const CommandResult said =
          api_.kubectl({"delete", "--ignore-not-found", "--wait=false", "--", "node", node_});
      if (said.status != 0) {
        throw Error(ErrorKind::step,
                    fmt::format("cannot delete the node {}: {}", node_, survey::last_words(said)),
                    fmt::format("{}; then the same again", kLook));
      }
      done.push_back("the node " + node_);
    }
    return done;
  }

  void remove_member(const std::string& id) {
    CommandResult said;
    const bool is_out = host_.wait_until(
        [&] {
          for (const std::string& master : masters_) {
            said = api_.kubectl(cluster::etcdctl(master, {"member", "remove", id}));
            if (said.status == 0 || said.err.find("member not found") != std::string::npos) {
              return true;
            }
          }
          return false;
        },
        kRemovalPatience);
    if (!is_out) {
      throw Error(ErrorKind::step, fmt::format("etcd keeps the member {}: {}", id, survey::last_words(said)),
                  fmt::format("{}; then the same again", kLook));
    }
  }

  [[noreturn]] void refuse(const std::string& why, const std::string& way_out) const {
    throw Error(ErrorKind::preflight, fmt::format("{} cannot be forgotten: {}", node_, why), way_out);
  }

  const host::Host& host_;
  std::string node_;
  survey::Expected expected_;
  survey::Api api_;
  std::vector<std::string> masters_;  ///< whose etcd may be asked
  std::vector<std::string> addresses_;
  bool is_listed_ = false;
  bool is_ready_ = false;
  std::vector<survey::EtcdMember> members_;
};

}  // namespace

std::vector<std::string> forget(const host::Host& host, const std::string& node) {
  return Forgetting(host, node).run();
}

}  // namespace bundle::leaving
