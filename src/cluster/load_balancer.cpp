#include "cluster/load_balancer.hpp"

#include "base/error.hpp"

namespace bundle::cluster {

std::string haproxy_config(const site::Site& site, const ThisNode& node) {
  std::string text = fmt::format(R"(# Made by bundle; change the site file and install again.
global
  log /dev/log local0
  user haproxy
  group haproxy

defaults
  mode tcp
  log global
  option tcplog
  option dontlognull
  option clitcpka
  option srvtcpka
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout check 3s

frontend apiserver
  bind *:{}
  default_backend apiserver

backend apiserver
  balance leastconn
  option httpchk GET /readyz HTTP/1.0
  http-check expect status 200
  default-server inter 2s fall 3 rise 2 on-marked-down shutdown-sessions
)",
                                 endpoint_port(site, node));
  for (const site::SiteNode* master : masters_of(site)) {
    text += fmt::format("  server {} {}:6443 check check-ssl verify none\n", master->name, master->address);
  }
  return text;
}

std::string keepalived_config(const site::Site& site, const ThisNode& node) {
  constexpr int kFirstPriority = 103;
  int priority = kFirstPriority;
  std::string peers;
  int own = kFirstPriority;
  for (const site::SiteNode* balancer : balancers_of(site)) {
    if (balancer->name == node.name) {
      own = priority;
    } else {
      peers += fmt::format("    {}\n", balancer->address);
    }
    --priority;
  }
  const std::string unicast =
      peers.empty() ? ""
                    : fmt::format("  unicast_src_ip {}\n  unicast_peer {{\n{}  }}\n", node.address, peers);
  return fmt::format(R"(# Made by bundle; change the site file and install again.
global_defs {{
  router_id {}
  enable_script_security
  script_user root
  vrrp_garp_master_refresh 60
}}

vrrp_script check_apiserver {{
  script "{}"
  interval 3
  timeout 4
  fall 3
  rise 2
  weight -20
}}

vrrp_instance APISERVER {{
  state BACKUP
  interface {}
  virtual_router_id {}
  priority {}
  advert_int 1
{}  virtual_ipaddress {{
    {}/32 dev {}
  }}
  track_script {{
    check_apiserver
  }}
}}
)",
                     node.name, kKeepalivedCheckPath, node.interface, site.vip->virtual_router_id, own,
                     unicast, site.vip->address, node.interface);
}

std::string keepalived_check(const site::Site& site, const ThisNode& node) {
  return fmt::format(
      "#!/bin/sh\n# Made by bundle: whether the API server answers through this host's haproxy.\n"
      "exec curl -sfk --noproxy '*' --max-time 3 -o /dev/null https://127.0.0.1:{}/readyz\n",
      endpoint_port(site, node));
}

}  // namespace bundle::cluster
