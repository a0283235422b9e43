#include "cluster/load_balancer.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "support/skip.hpp"
#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using test::holds;
using test::node_of;
using test::three_masters;

std::string priority_of(const std::string& config) {
  const std::size_t at = config.find("priority ");
  return config.substr(at, config.find('\n', at) - at);
}

/// keepalived refuses the loopback, and interfaces that are not there.
std::string some_interface() {
  for (const std::string& name : list_folder("/sys/class/net")) {
    if (name != "lo" && std::filesystem::exists("/sys/class/net/" + name + "/address")) {
      return name;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("each balancer has a priority of its own and names the others") {
  const site::Site site = three_masters();
  std::set<std::string> priorities;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string config = keepalived_config(site, node_of(site, i));
    priorities.insert(priority_of(config));
    CHECK(holds(config, "unicast_src_ip " + site.nodes[i].address));
    CHECK(holds(config, site.nodes[(i + 1) % 3].address + "\n"));
    CHECK(holds(config, "10.0.0.100/32 dev eth0"));
  }
  CHECK(priorities.size() == 3);
}

TEST_CASE("haproxy balances the masters of the site, and no other node") {
  const std::string config = haproxy_config(three_masters(), node_of(three_masters(), 0));
  CHECK(holds(config, "server m3 10.0.0.3:6443 check check-ssl verify none"));
  CHECK(holds(config, "bind *:6553"));
  CHECK_FALSE(holds(config, "10.0.0.9"));
}

TEST_CASE("haproxy and keepalived accept their configurations" * doctest::test_suite("outside")) {
  const std::string interface = some_interface();
  if (!find_program("haproxy") || !find_program("keepalived") || interface.empty()) {
    test::skip("no haproxy, no keepalived, or no network interface beside the loopback");
    return;
  }
  const site::Site site = three_masters();
  const TempDir folder;
  PosixRunner runner;
  ThisNode node = node_of(site, 0);
  node.interface = interface;
  std::ofstream(folder.path() / "haproxy.cfg") << haproxy_config(site, node);
  // The check script is there on a node; keepalived -t looks for it.
  std::ofstream(folder.path() / "keepalived.conf")
      << replace_all(keepalived_config(site, node), kKeepalivedCheckPath, "/bin/true");
  const CommandResult haproxy =
      runner.run({.argv = {"haproxy", "-c", "-f", (folder.path() / "haproxy.cfg").string()}});
  CHECK_MESSAGE(haproxy.status == 0, haproxy.err);
  const CommandResult keepalived =
      runner.run({.argv = {"keepalived", "-t", "-f", (folder.path() / "keepalived.conf").string()}});
  CHECK_MESSAGE(keepalived.status == 0, keepalived.err);
}

}  // namespace bundle::cluster
