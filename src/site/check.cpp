#include "site/check.hpp"

#include <algorithm>
#include <initializer_list>

namespace bundle::site {
namespace {

/// Of the block that the controller manager gives to each node. Source: kubeadm's and Kubernetes' default,
/// --node-cidr-mask-size-ipv4.
constexpr unsigned kNodePrefix = 24;

class Checker {
 public:
  Checker(const yaml::Node& root, const Site& site) : root_(root), site_(site) {}

  void run() const {
    check_subnets();
    check_addresses();
    check_vip();
    check_balancers();
    check_endpoint();
    check_taints();
    check_time();
  }

 private:
  [[noreturn]] void fail_at(const yaml::Node& node, std::string message, std::string hint) const {
    throw Error(ErrorKind::spec, {.file = site_.file.string(), .line = node.line, .column = node.column},
                std::move(message), std::move(hint));
  }

  /// The innermost node of a path of keys that is there.
  const yaml::Node& at(std::initializer_list<std::string_view> keys) const {
    const yaml::Node* node = &root_;
    for (const std::string_view key : keys) {
      const yaml::Node* next = node->find(key);
      if (next == nullptr) {
        return *node;
      }
      node = next;
    }
    return *node;
  }

  /// What a node of the site says for a key; the node itself where its group does.
  const yaml::Node& at_node(const SiteNode& node, std::string_view key) const {
    const auto number = static_cast<std::size_t>(&node - site_.nodes.data());
    const yaml::Node& whole = root_.find("nodes")->items.at(number);
    const yaml::Node* own = whole.find(key);
    return own == nullptr ? whole : *own;
  }

  bool is_written(std::string_view key) const {
    const yaml::Node* cluster = root_.find("cluster");
    return cluster != nullptr && cluster->find(key) != nullptr;
  }

  const SiteNode* node_at(std::string_view host) const {
    const auto found = std::find_if(site_.nodes.begin(), site_.nodes.end(), [&](const SiteNode& node) {
      return node.address == host || node.name == host;
    });
    return found == site_.nodes.end() ? nullptr : &*found;
  }

  const SiteNode* first_node(bool (*test)(const SiteNode&)) const {
    const auto found = std::find_if(site_.nodes.begin(), site_.nodes.end(), test);
    return found == site_.nodes.end() ? nullptr : &*found;
  }

  void check_subnets() const {
    const spec::Ipv4Network pods = *spec::parse_ipv4_network(site_.pod_subnet);
    if (pods.overlaps(*spec::parse_ipv4_network(site_.service_subnet))) {
      fail_at(
          at({"cluster", is_written("serviceSubnet") ? "serviceSubnet" : "podSubnet"}),
          fmt::format("podSubnet {} and serviceSubnet {} overlap", site_.pod_subnet, site_.service_subnet),
          "expected two networks that have no address in common, as 10.244.0.0/16 and 10.96.0.0/12");
    }
    const std::uint64_t blocks = std::uint64_t{1} << (kNodePrefix - pods.prefix);
    if (site_.nodes.size() > blocks) {
      fail_at(at({"cluster", "podSubnet"}),
              fmt::format("podSubnet {} has room for {} of a /{} each, and the site has {}", site_.pod_subnet,
                          blocks == 1 ? "1 node" : fmt::format("{} nodes", blocks), kNodePrefix,
                          site_.nodes.size()),
              "expected a larger network, as 10.244.0.0/16");
    }
  }

  /// A network that is not written gives way to the host's: preflight knows one that is free.
  void check_addresses() const {
    for (const auto& [key, text] :
         {std::pair{"podSubnet", &site_.pod_subnet}, std::pair{"serviceSubnet", &site_.service_subnet}}) {
      const spec::Ipv4Network network = *spec::parse_ipv4_network(*text);
      if (!is_written(key)) {
        continue;
      }
      for (const SiteNode& node : site_.nodes) {
        if (network.contains(*spec::parse_ipv4(node.address))) {
          fail_at(
              at({"cluster", key}),
              fmt::format("{} {} holds the address {} of the node '{}'", key, *text, node.address, node.name),
              "expected a network that this site does not use");
        }
      }
      if (site_.vip && network.contains(*spec::parse_ipv4(site_.vip->address))) {
        fail_at(at({"cluster", key}),
                fmt::format("{} {} holds the virtual address {}", key, *text, site_.vip->address),
                "expected a network that this site does not use");
      }
    }
  }

  void check_vip() const {
    if (!site_.vip) {
      return;
    }
    const SiteVip& vip = *site_.vip;
    const yaml::Node& place = at({"vip", "address"});
    if (const SiteNode* node = node_at(vip.address)) {
      fail_at(place, fmt::format("the virtual address {} is that of the node '{}'", vip.address, node->name),
              "expected one that nobody has: whichever balancer is well takes it");
    }
    if (first_node([](const SiteNode& node) { return node.lb; }) == nullptr) {
      fail_at(
          at({"vip"}),
          fmt::format("no node has the role lb, so that nobody holds the virtual address {}", vip.address),
          "expected a node such as {name: master1, address: …, roles: [master, lb]}, or no 'vip'");
    }
    if (site_.endpoint.empty()) {
      fail_at(at({"vip"}),
              fmt::format("nothing uses the virtual address {}: there is no endpoint", vip.address),
              fmt::format("expected cluster: {{endpoint: \"{}:6553\"}}", vip.address));
    }
    const spec::Ipv4Network network{.address = *spec::parse_ipv4(vip.address), .prefix = vip.prefix};
    for (const SiteNode& node : site_.nodes) {
      if (node.lb && vip.prefix < 32 && !network.contains(*spec::parse_ipv4(node.address))) {
        fail_at(
            at_node(node, "address"),
            fmt::format("the balancer '{}' has {}, which lies outside the virtual address's network {}/{}",
                        node.name, node.address, vip.address, vip.prefix),
            "expected balancers in one network with the virtual address");
      }
    }
  }

  void check_balancers() const {
    const SiteNode* balancer = first_node([](const SiteNode& node) { return node.lb; });
    if (balancer != nullptr && !site_.vip) {
      fail_at(
          at_node(*balancer, "roles"),
          fmt::format("'{}' has the role lb, and there is no virtual address for it to hold", balancer->name),
          "expected vip: {address: 10.0.0.100/24}, or no role lb");
    }
  }

  /// Without a list of nodes only the host itself can be meant, which is checked where it is known.
  void check_endpoint() const {
    if (site_.endpoint.empty() || site_.nodes.empty()) {
      return;
    }
    const spec::Endpoint endpoint = *spec::parse_endpoint(site_.endpoint);
    const bool is_vip = site_.vip && endpoint.host == site_.vip->address;
    const SiteNode* node = is_vip ? nullptr : node_at(endpoint.host);
    if (!is_vip && node == nullptr) {
      fail_at(at({"cluster", "endpoint"}),
              fmt::format("the endpoint {} is neither the virtual address nor a node", endpoint.host),
              site_.vip ? fmt::format("expected {}:{}", site_.vip->address, endpoint.port)
                        : "expected the address of the first master, or a 'vip' that has this address");
    }
    check_endpoint_port(endpoint);
    if (node != nullptr) {
      check_endpoint_node(endpoint, *node);
    }
  }

  /// haproxy listens on all addresses of a balancer.
  void check_endpoint_port(const spec::Endpoint& endpoint) const {
    const SiteNode* both =
        first_node([](const SiteNode& node) { return node.lb && node.roles.contains("master"); });
    if (endpoint.port == kApiPort && both != nullptr) {
      fail_at(at({"cluster", "endpoint"}),
              fmt::format("port {} is the API server's own on '{}', a node that is master and lb", kApiPort,
                          both->name),
              fmt::format("choose another, as in {}:6553", endpoint.host));
    }
  }

  void check_endpoint_node(const spec::Endpoint& endpoint, const SiteNode& node) const {
    if (node.lb) {
      return;
    }
    const SiteNode* first = first_node([](const SiteNode& one) { return one.roles.contains("master"); });
    if (first != &node) {
      fail_at(
          at({"cluster", "endpoint"}),
          fmt::format("the endpoint is '{}', which is neither the first master nor a balancer", node.name),
          first == nullptr ? "expected a node with the role master"
                           : fmt::format("expected {}:{}", first->address, kApiPort));
    }
    if (endpoint.port != kApiPort) {
      fail_at(at({"cluster", "endpoint"}),
              fmt::format("nobody listens on port {} of '{}': its API server has {}, and it is no balancer",
                          endpoint.port, node.name, kApiPort),
              fmt::format("expected {}:{}", endpoint.host, kApiPort));
    }
  }

  /// CoreDNS bears the taint of the control plane and no other; without it no installation comes to its end.
  void check_taints() const {
    const auto repels = [](const SiteNode& node) {
      return std::any_of(node.taints.begin(), node.taints.end(), [](const std::string& text) {
        const spec::Taint taint = *spec::parse_taint(text);
        const bool is_borne =
            taint.key == "node-role.kubernetes.io/control-plane" && taint.effect == "NoSchedule";
        return !is_borne && taint.effect != "PreferNoSchedule";
      });
    };
    if (!site_.nodes.empty() && std::all_of(site_.nodes.begin(), site_.nodes.end(), repels)) {
      fail_at(
          at_node(site_.nodes.front(), "taints"),
          "every node has a taint, so that there is no place for CoreDNS and for what the components bring",
          "expected a node without one; PreferNoSchedule repels only while there is another place");
    }
    const bool has_masters_only =
        site_.nodes.size() > 1 &&
        std::all_of(site_.nodes.begin(), site_.nodes.end(), [](const SiteNode& node) {
          return node.roles.contains("master") && !node.schedulable && node.taints.empty();
        });
    if (has_masters_only) {
      fail_at(at({"nodes"}), "no node takes pods: all are masters, which keep them off",
              "expected a worker, or 'schedulable: true' on masters");
    }
  }

  /// A node that follows itself has no time at all.
  void check_time() const {
    const std::vector<std::string> servers = site_.time_servers.value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < servers.size(); ++i) {
      if (node_at(servers[i]) != nullptr) {
        fail_at(
            at({"time", "servers"}).items.at(i),
            fmt::format("the time server {} is a node of this site", servers[i]),
            "expected servers outside the cluster, or servers: [], with which a master serves the others");
      }
    }
  }

  const yaml::Node& root_;
  const Site& site_;
};

}  // namespace

void check_site(const yaml::Node& root, const Site& site) { Checker(root, site).run(); }

}  // namespace bundle::site
