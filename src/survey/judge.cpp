#include "survey/judge.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "host/state_folder.hpp"
#include "survey/certificates.hpp"

namespace bundle::survey {
namespace {

constexpr std::int64_t kDay = 86400;

/// Findings as they are made.
class Findings {
 public:
  void add(std::string message, std::string hint) {
    all_.push_back({.position = {}, .message = std::move(message), .hint = std::move(hint)});
  }
  std::vector<Finding> take() { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

void judge_way(const Picture& picture, Findings& findings) {
  if (picture.way == Way::own_server) {
    findings.add(fmt::format("nobody answers at the endpoint {} ({}); what follows was asked of this host's "
                             "own API server",
                             picture.endpoint, picture.endpoint_said),
                 "on each balancer: systemctl status haproxy keepalived");
  } else if (picture.way == Way::none) {
    findings.add(fmt::format("no API server answers, neither at the endpoint {} ({}) nor on this host",
                             picture.endpoint, picture.endpoint_said),
                 "on each master: crictl ps -a; journalctl -u kubelet; etcd needs most of its members");
  } else if (!picture.nodes.value) {
    findings.add("the nodes cannot be seen: " + picture.nodes.why_not, "kubectl get nodes");
  }
}

void judge_nodes(const Picture& picture, Findings& findings) {
  if (!picture.nodes.value) {
    return;
  }
  for (const Node& node : *picture.nodes.value) {
    const std::string& name = node.host.name;
    if (!node.is_ready) {
      findings.add(fmt::format("node {} is not Ready: {}", name, node.why_not_ready),
                   fmt::format("there: journalctl -u kubelet; here: kubectl describe node {}", name));
    }
    if (!picture.kubernetes.empty() && node.kubelet != picture.kubernetes) {
      findings.add(fmt::format("node {} has kubelet {}, the bundle installed here has {}", name, node.kubelet,
                               picture.kubernetes),
                   fmt::format("bundle install the same bundle on {}", name));
    }
  }
  for (const Host& host : picture.site) {
    if (std::none_of(picture.nodes.value->begin(), picture.nodes.value->end(),
                     [&](const Node& node) { return node.host.name == host.name; })) {
      findings.add(fmt::format("node {} ({}) of the site file has not joined", host.name, host.address),
                   "bundle join-info --role ROLE here, then there: bundle install DIR --site site.yml --join "
                   "join.yml");
    }
  }
}

void judge_servers(const Picture& picture, Findings& findings) {
  for (const ApiServer& server : picture.api_servers) {
    if (!server.is_ready) {
      findings.add(fmt::format("the API server of {} is not ready: {}", server.host.name, server.said),
                   fmt::format("on {}: crictl ps -a; journalctl -u kubelet", server.host.name));
    }
  }
}

void judge_member(const EtcdMember& member, Findings& findings) {
  const std::string name = member.name.empty() ? member.peer_urls : member.name;
  if (member.name.empty()) {
    findings.add(fmt::format("the member of etcd at {} has not started", name),
                 "let that master's install come to its end, or remove it: etcdctl member remove");
  } else if (member.is_learner) {
    findings.add(fmt::format("the member {} of etcd is a learner: it does not vote yet", name),
                 fmt::format("bundle install the same on {}: it goes on where it stopped", name));
  } else if (!member.answers) {
    findings.add(fmt::format("the member {} of etcd does not answer", name),
                 fmt::format("on {}: crictl ps -a; crictl logs of its etcd", name));
  }
}

void judge_etcd(const Picture& picture, Findings& findings) {
  if (!picture.etcd.value) {
    if (picture.way != Way::none) {
      findings.add("etcd cannot be asked: " + picture.etcd.why_not,
                   "kubectl -n kube-system get pods -l component=etcd -o wide");
    }
    return;
  }
  const std::vector<EtcdMember>& members = *picture.etcd.value;
  for (const EtcdMember& member : members) {
    judge_member(member, findings);
  }
  if (std::none_of(members.begin(), members.end(), [](const EtcdMember& one) { return one.is_leader; })) {
    findings.add(
        "no leader of etcd is named by all its members",
        "kubectl -n kube-system logs -l component=etcd; the network between the masters, their disks");
  }
  for (const Node& node : picture.nodes.value.value_or(std::vector<Node>())) {
    if (node.is_master() && std::none_of(members.begin(), members.end(), [&](const EtcdMember& member) {
          return member.name == node.host.name || member.name.empty();
        })) {
      findings.add(fmt::format("the master {} is no member of etcd", node.host.name),
                   fmt::format("on {}: bundle undo --all, then join it again", node.host.name));
    }
  }
}

std::string words_of(const VipOwner& owner) {
  return owner.node.empty()  ? "an unknown host with " + owner.mac
         : owner.mac.empty() ? owner.node
                             : fmt::format("{} ({})", owner.node, owner.mac);
}

void judge_vip(const Picture& picture, Findings& findings) {
  if (!picture.vip || !picture.vip->owners.value) {
    return;
  }
  const std::vector<VipOwner>& owners = *picture.vip->owners.value;
  if (owners.empty()) {
    findings.add(fmt::format("nobody has the virtual address {}", picture.vip->address),
                 "on each balancer: systemctl status keepalived; journalctl -u keepalived");
  } else if (owners.size() > 1) {
    std::vector<std::string> names;
    for (const VipOwner& owner : owners) {
      names.push_back(words_of(owner));
    }
    findings.add(
        fmt::format("{} have the virtual address {} at once: {}", owners.size(), picture.vip->address,
                    join(names, ", ")),
        "VRRP (IP protocol 112) must pass between the balancers: firewall-cmd --list-all; is another "
        "router with that virtualRouterId about?");
  }
}

std::string renewal_of(const Certificate& certificate) {
  const std::string& name = certificate.name;
  if (is_authority(certificate)) {
    return "a CA is replaced by hand: "
           "https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/";
  }
  return name.starts_with("/var/lib/kubelet/")
             ? "the kubelet renews it by itself: journalctl -u kubelet says why it does not"
             : fmt::format("on {0}: systemctl start {1}; journalctl -u {1}", certificate.node,
                           host::kCertificatesUnit);
}

void judge_certificates(const Picture& picture, std::int64_t now, Findings& findings) {
  for (const Certificate& one : picture.certificates) {
    const std::int64_t days = one.ends ? days_left(*one.ends, now) : kLeastDays;
    if (days < kLeastDays) {
      findings.add(fmt::format("the certificate {} of {} {}", one.name, one.node,
                               days < 0 ? "has expired on " + format_utc(*one.ends)
                                        : fmt::format("ends in {}",
                                                      count_words(static_cast<std::size_t>(days), "day"))),
                   renewal_of(one));
    }
  }
}

void judge_timers(const Picture& picture, Findings& findings) {
  for (const Timer& timer : picture.timers) {
    if (!timer.fault.empty()) {
      findings.add(
          fmt::format("the last {} on {} failed: {}", timer.does, picture.node, timer.fault),
          fmt::format("on {0}: journalctl -u {1}; then systemctl start {1}", picture.node, timer.unit));
    } else if (timer.is_wanted && !timer.is_on) {
      findings.add(fmt::format("{}.timer on {} is enabled, but does not run", timer.unit, picture.node),
                   fmt::format("on {}: systemctl start {}.timer", picture.node, timer.unit));
    }
  }
}

void judge_images(const Picture& picture, Findings& findings) {
  constexpr std::size_t kMostShown = 5;
  for (const NodeImages& node : picture.images) {
    std::vector<std::string> names = node.lacking.value.value_or(std::vector<std::string>());
    if (!names.empty()) {
      const std::size_t count = names.size();
      names.resize(std::min(count, kMostShown));
      findings.add(fmt::format("{} lacks {} of the bundle: {}{}", node.node, count_words(count, "image"),
                               join(names, ", "), count > kMostShown ? ", …" : ""),
                   fmt::format("on {}: the same bundle install imports what is missing", node.node));
    }
  }
  for (const WaitingPod& pod : picture.waiting.value.value_or(std::vector<WaitingPod>())) {
    findings.add(
        fmt::format("{} on {} waits for the image {} ({})", pod.pod, pod.node, pod.image, pod.reason),
        "an image that is not in the bundle must be added to versions.yml; one that is: bundle install "
        "on that node");
  }
}

void judge_components(const Picture& picture, Findings& findings) {
  for (const Component& component : picture.components.value.value_or(std::vector<Component>())) {
    for (const std::string& fault : component.faults) {
      findings.add(fmt::format("{}: {}", component.id, fault),
                   "kubectl get pods -A -o wide; what was never installed: the same bundle install on the "
                   "first master");
    }
    if (component.is_pending()) {
      findings.add(fmt::format("{} is pending, until there is {}", component.id, component.wants),
                   "join such a node, then the same bundle install on the first master");
    }
  }
}

}  // namespace

std::int64_t days_left(std::int64_t ends, std::int64_t now) {
  const std::int64_t seconds = ends - now;
  return seconds < 0 ? (seconds + 1) / kDay - 1 : seconds / kDay;
}

std::vector<Finding> judge(const Picture& picture, std::int64_t now) {
  Findings findings;
  judge_way(picture, findings);
  judge_nodes(picture, findings);
  judge_servers(picture, findings);
  judge_etcd(picture, findings);
  judge_vip(picture, findings);
  judge_certificates(picture, now, findings);
  judge_timers(picture, findings);
  judge_images(picture, findings);
  judge_components(picture, findings);
  return findings.take();
}

std::vector<std::string> unknowns(const Picture& picture) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& what, const std::string& why) {
    if (!why.empty()) {
      all.push_back(fmt::format("{}: {}", what, why));
    }
  };
  add("nodes", picture.nodes.why_not);
  add("etcd", picture.etcd.why_not);
  if (picture.vip) {
    add("owner of " + picture.vip->address, picture.vip->owners.why_not);
  }
  for (const Certificate& one : picture.certificates) {
    add(fmt::format("certificate {} of {}", one.name, one.node), one.why_not);
  }
  for (const NodeImages& node : picture.images) {
    add("images of " + node.node, node.lacking.why_not);
  }
  add("pods that wait for an image", picture.waiting.why_not);
  add("components", picture.components.why_not);
  return all;
}

}  // namespace bundle::survey
