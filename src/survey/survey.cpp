#include "survey/survey.hpp"

#include <algorithm>

#include "cluster/kubectl.hpp"
#include "host/facts.hpp"
#include "survey/api.hpp"
#include "survey/certificates.hpp"
#include "survey/components.hpp"
#include "survey/etcd.hpp"
#include "survey/expected.hpp"
#include "survey/images.hpp"
#include "survey/nodes.hpp"
#include "survey/timers.hpp"
#include "survey/vip.hpp"

namespace bundle::survey {
namespace {

/// The nodes with their addresses: by the API, and by the site file where that says more.
std::vector<Host> known_hosts(const Picture& picture) {
  std::vector<Host> hosts = picture.site;
  for (const Node& node : picture.nodes.value.value_or(std::vector<Node>())) {
    if (std::find(hosts.begin(), hosts.end(), node.host) == hosts.end()) {
      hosts.push_back(node.host);
    }
  }
  return hosts;
}

void add_servers(const host::Host& host, Picture& picture) {
  for (const Node& node : picture.nodes.value.value_or(std::vector<Node>())) {
    if (node.is_master() && !node.host.address.empty()) {
      ServerAnswer answer = ask_server(host, node.host);
      picture.api_servers.push_back(std::move(answer.server));
      if (node.host.name != picture.node) {
        picture.certificates.push_back(std::move(answer.certificate));
      }
    }
  }
}

void add_images(const host::Host& host, const Expected& expected, Picture& picture) {
  picture.images.push_back(own_images(host, expected));
  for (const Node& node : picture.nodes.value.value_or(std::vector<Node>())) {
    if (node.host.name != picture.node) {
      picture.images.push_back(node_images(node, expected));
    }
  }
}

std::string kubernetes_of(const Expected& expected) {
  const format::Component* found =
      expected.index.value ? expected.index.value->find_component("kubernetes") : nullptr;
  return found == nullptr ? std::string() : found->version;
}

}  // namespace

Picture survey(const host::Host& host) {
  const Expected expected = expected_of(host);
  const Api api(host);
  Picture picture{.node = expected.node,
                  .bundle = expected.bundle,
                  .version = expected.version,
                  .kubernetes = kubernetes_of(expected),
                  .endpoint = server_of(host, cluster::kAdminConf),
                  .way = api.way(),
                  .endpoint_said = api.endpoint_said(),
                  .site = expected.site,
                  .nodes = nodes_of(api)};
  picture.etcd =
      etcd_of(api, askable_masters(picture.node, picture.nodes.value.value_or(std::vector<Node>())));
  picture.certificates = certificates_of(host, picture.node);
  picture.timers = timers_of(host);
  // The servers before ARP: whoever was spoken to is in the table of neighbours.
  add_servers(host, picture);
  const std::vector<Host> hosts = known_hosts(picture);
  if (const std::optional<std::string> address = virtual_address(host, picture.endpoint, hosts)) {
    picture.vip = vip_of(host, *address, hosts);
  }
  add_images(host, expected, picture);
  picture.waiting = waiting_pods(api);
  picture.components = components_of(api, expected, picture.nodes.value.value_or(std::vector<Node>()));
  return picture;
}

}  // namespace bundle::survey
