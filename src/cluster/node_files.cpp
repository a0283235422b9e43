#include "cluster/node_files.hpp"

#include "base/error.hpp"

namespace bundle::cluster {

std::string hosts_block(const spec::Site& site, const ThisNode& node) {
  std::string text;
  bool is_named = false;
  for (const spec::SiteNode& other : site.nodes) {
    text += fmt::format("{} {}\n", other.address, other.name);
    is_named |= other.name == node.name;
  }
  return is_named ? text : fmt::format("{} {}\n", node.address, node.name) + text;
}

std::string chrony_config(const spec::Site& site, const ThisNode& node) {
  std::string text = "# Made by bundle; change the site file and install again.\n";
  for (const std::string& server : site.time_servers) {
    text += fmt::format("server {} iburst\n", server);
  }
  if (site.time_servers.empty()) {
    text += "# No time server on this site: this host's clock is the site's.\nlocal stratum 10\n";
    for (const spec::SiteNode& other : site.nodes) {
      if (other.name != node.name) {
        text += fmt::format("allow {}\n", other.address);
      }
    }
  }
  return text + "driftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\nlogdir /var/log/chrony\n";
}

}  // namespace bundle::cluster
