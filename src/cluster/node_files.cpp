#include "cluster/node_files.hpp"

#include "base/error.hpp"

namespace bundle::cluster {

std::string hosts_block(const site::Site& site, const ThisNode& node) {
  std::string text;
  bool is_named = false;
  for (const site::SiteNode& other : site.nodes) {
    text += fmt::format("{} {}\n", other.address, other.name);
    is_named |= other.name == node.name;
  }
  return is_named ? text : fmt::format("{} {}\n", node.address, node.name) + text;
}

bool serves_time(const site::Site& site, const ThisNode& node) {
  if (!site.time_servers || !site.time_servers->empty()) {
    return false;
  }
  const std::vector<const site::SiteNode*> masters = masters_of(site);
  return masters.empty() || masters.front()->name == node.name;
}

std::string chrony_config(const site::Site& site, const ThisNode& node) {
  std::string text = "# Made by bundle; change the site file and install again.\n";
  for (const std::string& server : site.time_servers.value_or(std::vector<std::string>())) {
    text += fmt::format("server {} iburst\n", server);
  }
  if (serves_time(site, node)) {
    text += "# No time server on this site: this host's clock is the site's.\nlocal stratum 10\n";
    for (const site::SiteNode& other : site.nodes) {
      if (other.name != node.name) {
        text += fmt::format("allow {}\n", other.address);
      }
    }
  } else if (site.time_servers && site.time_servers->empty()) {
    const site::SiteNode& first = *masters_of(site).front();
    text += fmt::format("# No time server on this site: the clock of {} is the site's.\nserver {} iburst\n",
                        first.name, first.address);
  }
  return text + "driftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\nlogdir /var/log/chrony\n";
}

std::vector<host::Sysctl> kernel_parameters() {
  return {{.name = "fs.inotify.max_user_instances", .value = "1024", .at_least = true},
          {.name = "fs.inotify.max_user_watches", .value = "524288", .at_least = true},
          {.name = "net.bridge.bridge-nf-call-ip6tables", .value = "1"},
          {.name = "net.bridge.bridge-nf-call-iptables", .value = "1"},
          {.name = "net.ipv4.ip_forward", .value = "1"}};
}

}  // namespace bundle::cluster
