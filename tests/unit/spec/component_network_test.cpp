#include "spec/component_network.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

namespace bundle::spec {
namespace {

using test::holds;
using test::thrown_by;

yaml::Node node_of(const std::string& text) {
  return yaml::parse_one(text, "component.yml", ErrorKind::spec);
}

PodNetwork network_of(const std::string& text) { return parse_network(node_of(text), "component.yml"); }

}  // namespace

TEST_CASE("a port range is one number or two, then its transport") {
  CHECK(parse_port_range("8472/udp") == PortRange{.first = 8472, .last = 8472, .transport = Transport::udp});
  CHECK(parse_port_range("2379-2380/tcp") == PortRange{.first = 2379, .last = 2380});
  CHECK(parse_port_range("2379-2380/tcp")->str() == "2379-2380/tcp");
  CHECK(parse_port_range("53/udp")->str() == "53/udp");
  for (const char* text : {"", "80", "80/", "/tcp", "0/tcp", "65536/tcp", "2-1/tcp", "1-/tcp", "-1/tcp",
                           "80/sctp", "80 /tcp", "80/tcp ", "1-2-3/tcp"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_port_range(text).has_value());
  }
}

TEST_CASE("a link is meant by its name, or by how it begins") {
  const std::vector<std::string> patterns{"cni0", "cali*"};
  CHECK(is_link_of("cni0", patterns));
  CHECK_FALSE(is_link_of("cni01", patterns));
  CHECK(is_link_of("cali", patterns));
  CHECK(is_link_of("cali12ab", patterns));
  CHECK_FALSE(is_link_of("xcali1", patterns));
  CHECK_FALSE(is_link_of("eth0", {}));
}

TEST_CASE("a pod network is read from the catalogue, and from lock and index") {
  const PodNetwork network = network_of(
      "{pod-subnet: 10.244.0.0/16, links: [cni0, 'flannel*'], chains: [FLANNEL-], folders: [/run/flannel]}");
  CHECK(network.pod_subnet == "10.244.0.0/16");
  CHECK(network.links == std::vector<std::string>{"cni0", "flannel*"});
  const std::string text = json::canonical(to_json(network));
  CHECK(
      text ==
      R"({"chains":["FLANNEL-"],"folders":["/run/flannel"],"links":["cni0","flannel*"],"pod-subnet":"10.244.0.0/16","rp-filter":""})");
  const json::Value parsed = json::parse(text, "index");
  json::Reader reader(parsed, "index");
  CHECK(read_network(reader) == network);
}

TEST_CASE("ports are read from the catalogue, and from lock and index") {
  const ComponentPorts ports = parse_ports(
      node_of("{nodes: [179/tcp, 4789/udp], host: [9099/tcp], protocols: [ipip]}"), "component.yml");
  const std::string text = json::canonical(to_json(ports));
  CHECK(text == R"({"host":["9099/tcp"],"nodes":["179/tcp","4789/udp"],"protocols":["ipip"]})");
  const json::Value parsed = json::parse(text, "index");
  json::Reader reader(parsed, "index");
  CHECK(read_ports(reader) == ports);
  CHECK(ComponentPorts().empty());
  CHECK_FALSE(ports.empty());
}

TEST_CASE("what undo would delete too widely is refused where it is written, with its place") {
  for (const char* text :
       {"{links: ['*']}", "{links: ['e*']}", "{links: ['et h']}", "{links: [averyveryverylongname]}",
        "{chains: ['K']}", "{chains: ['A B C']}", "{folders: [/]}", "{folders: [/etc]}", "{folders: [etc/x]}",
        "{folders: [/etc/../x]}", "{folders: [/run//x]}", "{folders: ['/run/x y']}",
        "{pod-subnet: 10.244.0.0}", "{rp-filter: strict}", "{link: [cni0]}"}) {
    CAPTURE(text);
    const Error error = thrown_by([&] { network_of(text); });
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position().line == 1);
  }
  const Error error = thrown_by([] { network_of("{folders: [/run/flannel, /etc]}"); });
  CHECK(error.position().column == 26);
  CHECK(holds(error.message(), "'/etc' does not fit 'folders': expected folders such as /run/flannel"));
  CHECK(holds(thrown_by([] { parse_ports(node_of("{nodes: [8472]}"), "c"); }).message(),
              "'8472' is not a port"));
}

TEST_CASE("an index with such a name is refused as well") {
  for (const char* text : {R"({"chains":[],"folders":["/"],"links":[],"pod-subnet":"","rp-filter":""})",
                           R"({"chains":[],"folders":[],"links":["*"],"pod-subnet":"","rp-filter":""})",
                           R"({"chains":[""],"folders":[],"links":[],"pod-subnet":"","rp-filter":""})",
                           R"({"chains":[],"folders":[],"links":[],"pod-subnet":"x","rp-filter":""})",
                           R"({"chains":[],"folders":[],"links":[],"pod-subnet":"","rp-filter":"strict"})"}) {
    CAPTURE(text);
    const json::Value parsed = json::parse(text, "index");
    json::Reader reader(parsed, "index");
    CHECK(thrown_by([&] { read_network(reader); }).kind() == ErrorKind::integrity);
  }
}

}  // namespace bundle::spec
