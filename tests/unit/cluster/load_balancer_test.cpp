#include "cluster/load_balancer.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/fs.hpp"
#include "base/process.hpp"
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

}  // namespace

TEST_CASE("each balancer has a priority of its own and names the others") {
  const spec::Site site = three_masters();
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

TEST_CASE("haproxy and keepalived accept their configurations") {
  const spec::Site site = three_masters();
  const TempDir folder;
  PosixRunner runner;
  ThisNode node = node_of(site, 0);
  node.interface = "lo";
  const std::map<std::string, std::string> files{{"haproxy.cfg", haproxy_config(site, node)},
                                                 {"keepalived.conf", keepalived_config(site, node)}};
  for (const auto& [name, content] : files) {
    std::ofstream(folder.path() / name) << content;
  }
  CHECK(holds(files.at("haproxy.cfg"), "server m3 10.0.0.3:6443 check check-ssl verify none"));
  CHECK_FALSE(holds(files.at("haproxy.cfg"), "10.0.0.9"));
  if (!find_program("haproxy")) {
    MESSAGE("skipped: no haproxy here; tests/lab/install/site.sh starts both");
    return;
  }
  CHECK(runner.run({.argv = {"haproxy", "-c", "-f", (folder.path() / "haproxy.cfg").string()}}).status == 0);
}

}  // namespace bundle::cluster
