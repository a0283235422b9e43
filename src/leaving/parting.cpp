#include "leaving/parting.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/kubeadm_join.hpp"
#include "cluster/kubectl.hpp"
#include "leaving/drain.hpp"
#include "leaving/majority.hpp"
#include "survey/api.hpp"
#include "survey/etcd.hpp"
#include "survey/expected.hpp"
#include "survey/nodes.hpp"

namespace bundle::leaving {
namespace {

using cluster::Fate;

constexpr auto kStartPatience = std::chrono::minutes(2);
/// A server that has just gone is still asked by the balancer for some seconds, and the address needs some to
/// move: what answers nothing in this time has ended. Twice of what a failover may take.
constexpr auto kFailoverPatience = std::chrono::seconds(30);

/// That of these steps with which this host came into its cluster; null: none.
const steps::StepRecord* way_in(const steps::Journal& journal, const std::vector<std::string>& steps) {
  const auto found =
      std::find_if(journal.steps().begin(), journal.steps().end(), [&](const steps::StepRecord& step) {
        return std::find(steps.begin(), steps.end(), step.id) != steps.end() &&
               std::any_of(step.changes.begin(), step.changes.end(), [](const steps::Change& change) {
                 return change.type == cluster::kKubeadmChange;
               });
      });
  return found == journal.steps().end() ? nullptr : &*found;
}

bool is_master(const steps::Journal& journal) {
  const std::vector<std::string_view> roles = split(journal.installs().back().roles, ',');
  return std::find(roles.begin(), roles.end(), "master") != roles.end();
}

/// Whether others may have an etcd with this host, as far as can be told without asking them: it has come to
/// theirs, or has made one in a site of several.
bool may_have_peers(const host::Host& host, const steps::StepRecord& step, const std::string& node) {
  if (!cluster::has_etcd_data(host)) {
    return false;
  }
  if (step.id == cluster::kJoinStep) {
    return true;
  }
  const std::vector<survey::Host> site = survey::expected_of(host).site;
  return !step.done_inputs.empty() &&
         std::any_of(site.begin(), site.end(), [&](const survey::Host& other) { return other.name != node; });
}

/// Of a master whose cluster answers: why it must stay; empty: it may go.
class Rule {
 public:
  Rule(const survey::Api& api, std::string node) : node_(std::move(node)), nodes_(survey::nodes_of(api)) {
    const std::vector<survey::Node> nodes = nodes_.value.value_or(std::vector<survey::Node>());
    for (const survey::Node& one : nodes) {
      if (one.host.name == node_) {
        addresses_.push_back(one.host.address);
      } else {
        others_.push_back(one.host.name);
      }
    }
    etcd_ = survey::etcd_of(api, survey::askable_masters(node_, nodes));
    if (etcd_.value) {
      staying_ = voters_besides(*etcd_.value, node_, addresses_);
    }
  }

  bool sees_all() const { return nodes_.value && etcd_.value; }
  bool is_alone() const { return others_.empty() && staying_.empty() && nodes_.value; }

  std::string why_not() const {
    if (!sees_all()) {
      return fmt::format("who would stay cannot be seen: {}",
                         nodes_.value ? "etcd: " + etcd_.why_not : "the nodes: " + nodes_.why_not);
    }
    if (staying_.empty()) {
      return fmt::format("it is the last master, and {} {} in the cluster that would end with it",
                         join(others_, ", "), others_.size() == 1 ? "is still" : "are still");
    }
    return is_voter() ? majority_fault(staying_) : std::string();
  }

  /// What to do instead of insisting.
  std::string way_out() const {
    if (!sees_all()) {
      return "bundle status --cluster";
    }
    if (staying_.empty()) {
      return "take the others back first: bundle undo --all there, then bundle forget NODE here";
    }
    return "start them again, or, of one that is gone for good: bundle forget NODE";
  }

 private:
  bool is_voter() const {
    return std::any_of(etcd_.value->begin(), etcd_.value->end(), [&](const survey::EtcdMember& member) {
      return !member.is_learner && is_of(member, node_, addresses_);
    });
  }

  std::string node_;
  survey::Known<std::vector<survey::Node>> nodes_;
  survey::Known<std::vector<survey::EtcdMember>> etcd_;
  std::vector<std::string> addresses_;
  std::vector<std::string> others_;
  std::vector<survey::EtcdMember> staying_;
};

[[noreturn]] void refuse(const std::string& node, const std::string& why, const std::string& way_out) {
  throw Error(
      ErrorKind::preflight, fmt::format("{} cannot leave its cluster: {}", node, why),
      fmt::format("{}; this host all the same, whatever becomes of the others: bundle undo --all --force",
                  way_out));
}

/// Just after a boot the majority of etcd may be waiting for this very host.
void wait_for_start(const host::Host& host) {
  if (host.ask({"systemctl", "is-active", "--quiet", "kubelet.service"}).status == 0) {
    host.wait_until([&] { return cluster::is_api_ready(host); }, kStartPatience);
  }
}

Fate fate_of_master(const host::Host& host, const steps::StepRecord& step, const std::string& node,
                    Insist insist) {
  const bool has_peers = may_have_peers(host, step, node);
  const bool waits = has_peers && insist == Insist::no;
  if (waits) {
    wait_for_start(host);
  }
  std::optional<survey::Api> api;
  std::optional<Rule> rule;
  const auto is_answered = [&] {
    api.emplace(host);
    rule.reset();
    if (api->way() == survey::Way::endpoint) {
      rule.emplace(*api, node);
    }
    return rule && rule->sees_all();
  };
  host.wait_until([&] { return is_answered() || !waits; }, kFailoverPatience);
  if (!rule) {
    if (!has_peers) {
      return Fate::ends;
    }
    if (insist == Insist::no) {
      refuse(node, "nobody answers at its endpoint: " + api->endpoint_said(),
             "bundle status --cluster; when it answers again, bundle undo again");
    }
    return Fate::lost;
  }
  if (rule->is_alone()) {
    return Fate::ends;
  }
  const std::string why_not = rule->why_not();
  if (!why_not.empty() && insist == Insist::no) {
    refuse(node, why_not, rule->way_out());
  }
  return why_not.empty() && insist == Insist::no ? Fate::stays : Fate::lost;
}

Fate fate_of_worker(const host::Host& host, Insist insist) {
  const auto answers = [&] {
    return host.ask_in_time(cluster::kubectl_with(cluster::kKubeletConf,
                                                  {"get", "--raw", "/readyz", "--request-timeout=5s"}))
               .status == 0;
  };
  const auto patience = insist == Insist::no ? kFailoverPatience : std::chrono::seconds(0);
  return host.wait_until(answers, patience) ? Fate::stays : Fate::lost;
}

}  // namespace

Parting look(const host::Host& host, const steps::Journal& journal, const std::vector<std::string>& steps,
             Insist insist) {
  const steps::StepRecord* step = way_in(journal, steps);
  if (step == nullptr || journal.installs().empty()) {
    return {};
  }
  Parting parting{.node = journal.installs().back().node, .is_master = is_master(journal)};
  if (parting.is_master && host.exists(cluster::kAdminConf)) {
    parting.fate = fate_of_master(host, *step, parting.node, insist);
  } else if (!host.exists(cluster::kKubeletConf)) {
    return {};  // it has left already, or has not come that far
  } else {
    // A master with this one alone was cut off in its reset: a boot may enter it into the list of nodes
    // again.
    parting.fate = parting.is_master ? Fate::lost : fate_of_worker(host, insist);
  }
  return parting;
}

void begin(const host::Host& host, const Parting& parting) {
  if (parting.node.empty() || parting.fate != Fate::stays) {
    return;
  }
  host.log.info(fmt::format(
      "{0} leaves its cluster: its pods go elsewhere first (to have it stay after all: kubectl uncordon {0})",
      parting.node));
  drain(host, parting.is_master ? cluster::kAdminConf : cluster::kKubeletConf, parting.node);
}

void end(const host::Host& host, const Parting& parting) {
  if (parting.node.empty() || parting.fate == Fate::ends ||
      (parting.is_master && parting.fate == Fate::stays)) {
    return;
  }
  host.log.info(fmt::format("the cluster's list of nodes may still have {0}; on a master: bundle forget {0}",
                            parting.node));
}

}  // namespace bundle::leaving
