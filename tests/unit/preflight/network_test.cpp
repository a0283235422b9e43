#include <doctest/doctest.h>

#include "fake_host.hpp"

// The host's name and network.
namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;
using test::warning;

TEST_CASE_FIXTURE(FakeHost, "a name that many hosts have is none for a node") {
  for (const std::string name : {"localhost.localdomain", "localhost", "localhost4"}) {
    node.name = name;
    CHECK(only(network_checks()) ==
          error("hostname", "this host is called '" + name + "', as every other one without a name",
                "hostnamectl set-hostname NAME"));
  }
}

TEST_CASE_FIXTURE(FakeHost, "a node's name is that of RFC 1123") {
  for (const std::string& name : {std::string("node_1"), std::string("-node"), std::string("node-"),
                                  std::string("Node"), std::string(), std::string(64, 'a')}) {
    node.name = name;
    CHECK(
        only(network_checks()) ==
        error("hostname",
              "'" + name + "' is not a name for a node: lower-case letters, digits, '-' and '.', at most 63",
              "hostnamectl set-hostname NAME"));
  }
  for (const std::string& name :
       {std::string("n"), std::string("node-1.site.example"), std::string(63, 'a')}) {
    node.name = name;
    CHECK(found_by(network_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "/etc/hosts with another address for a node is a warning") {
  put("/etc/hosts", "127.0.1.1 node1.example node1\n::1 node1\n");
  CHECK(only(network_checks()) ==
        warning("hosts-file", "/etc/hosts says that 'node1' is 127.0.1.1, but the node has 10.0.0.5",
                "take that line out of /etc/hosts; the installation adds the right one"));
  SUBCASE("comments and other names do not count") {
    put("/etc/hosts", "10.0.0.5 node1 # 1.2.3.4 node1\n#9.9.9.9 node1\n10.0.0.77 printer\n");
    CHECK(found_by(network_checks()).empty());
  }
  SUBCASE("other nodes of the site are looked for as well") {
    site.nodes = {{.name = "node2", .address = "10.0.0.6", .roles = {"worker"}}};
    put("/etc/hosts", "10.0.0.7 node2\n10.0.0.5 node1\n");
    CHECK(only(network_checks()).seen ==
          "/etc/hosts says that 'node2' is 10.0.0.7, but the node has 10.0.0.6");
  }
  SUBCASE("no file, no finding") {
    remove("/etc/hosts");
    CHECK(found_by(network_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "without a default route there has to be one to the services") {
  set_routes(R"([{"dst":"10.0.0.0/24","dev":"eth0"}])");
  CHECK(only(network_checks()) ==
        error("no-default-route",
              "there is no default route (ip route), so that pods of this host cannot reach services in "
              "10.96.0.0/12",
              "nmcli connection modify eth0 ipv4.gateway ADDRESS && nmcli connection up eth0; the gateway "
              "need not lead anywhere"));
  set_routes(R"([{"dst":"10.0.0.0/24","dev":"eth0"},{"dst":"10.96.0.0/12","dev":"eth0"}])");
  CHECK(found_by(network_checks()).empty());
  SUBCASE("through another interface it is none") {
    set_routes(R"([{"dst":"10.0.0.0/24","dev":"eth0"},{"dst":"10.96.0.0/12","dev":"eth1"}])");
    CHECK(only(network_checks()).id == "no-default-route");
  }
}

TEST_CASE_FIXTURE(FakeHost, "no name server is a warning") {
  const Check none =
      warning("no-nameserver",
              "/etc/resolv.conf names no server: CoreDNS has nothing to forward to and stops with 'no "
              "nameservers found'",
              "echo 'nameserver ADDRESS' >> /etc/resolv.conf, with this site's DNS server, or this host's "
              "own address");
  put("/etc/resolv.conf", "# nameserver 10.0.0.2\n");
  CHECK(only(network_checks()) == none);
  remove("/etc/resolv.conf");
  CHECK(only(network_checks()) == none);
}

TEST_CASE_FIXTURE(FakeHost, "loopback name servers are a warning, but not systemd-resolved's") {
  put("/etc/resolv.conf", "nameserver 127.0.0.53\nnameserver ::1\n");
  CHECK(only(network_checks()) ==
        warning("loopback-nameserver",
                "/etc/resolv.conf names 127.0.0.53, ::1 only: in a pod that is the pod itself, and CoreDNS "
                "stops at a loop",
                "put the site's DNS server into /etc/resolv.conf"));
  SUBCASE("one that others can ask is enough") {
    put("/etc/resolv.conf", "nameserver 127.0.0.53\nnameserver 10.0.0.2\n");
    CHECK(found_by(network_checks()).empty());
  }
  SUBCASE("systemd-resolved keeps the real ones elsewhere") {
    put("/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.2\n");
    CHECK(found_by(network_checks()).empty());
  }
  SUBCASE("it knows none either") {
    put("/run/systemd/resolve/resolv.conf", "# This is /run/systemd/resolve/resolv.conf\n");
    CHECK(only(network_checks()).id == "loopback-nameserver");
  }
}

TEST_CASE_FIXTURE(FakeHost, "the cluster's networks overlap with routes") {
  set_routes(
      R"([{"dst":"default","dev":"eth0"},{"dst":"10.244.7.0/24","dev":"eth1"},{"dst":"10.100.0.9","dev":"tun0"}])");
  const std::vector<Check> found = found_by(network_checks());
  REQUIRE(found.size() == 2);
  CHECK(found[0] == error("pod-subnet-overlap",
                          "the cluster's podSubnet 10.244.0.0/16 overlaps with 10.244.7.0/24 of this host "
                          "(eth1)",
                          "in the site file: cluster: {podSubnet: 10.112.0.0/16}"));
  CHECK(found[1] == error("service-subnet-overlap",
                          "the cluster's serviceSubnet 10.96.0.0/12 overlaps with 10.100.0.9/32 of this host "
                          "(tun0)",
                          "in the site file: cluster: {serviceSubnet: 10.96.0.0/16}"));
  SUBCASE("the route that stands in for a default one is meant so") {
    set_routes(R"([{"dst":"default","dev":"eth0"},{"dst":"10.244.0.0/16","dev":"eth1"}])");
    CHECK(found_by(network_checks()).empty());
  }
  SUBCASE("routes of a cluster that runs are its own") {
    index.components.push_back({.name = "net", .network = spec::PodNetwork{.links = {"cni0"}}});
    set_routes(R"([{"dst":"default","dev":"eth0"},{"dst":"10.244.0.0/24","dev":"cni0"}])");
    CHECK(found_by(network_checks()).empty());
  }
  SUBCASE("where nothing private is free, none is proposed") {
    set_routes(
        R"([{"dst":"default","dev":"eth0"},{"dst":"10.0.0.0/8","dev":"a"},{"dst":"172.16.0.0/12","dev":"b"},{"dst":"192.168.0.0/16","dev":"c"}])");
    const std::vector<Check> all = found_by(network_checks());
    REQUIRE(all.size() == 2);
    CHECK(all[0].fix == "in the site file: cluster: {podSubnet: …}, a network that this site does not use");
    CHECK(all[1].fix ==
          "in the site file: cluster: {serviceSubnet: …}, a network that this site does not use");
  }
}

TEST_CASE_FIXTURE(FakeHost, "nm-cloud-setup is an error, once") {
  const std::string timer = "/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer";
  const std::string service = "/etc/systemd/system/NetworkManager.service.wants/nm-cloud-setup.service";
  put(service, "");
  CHECK(only(network_checks()).seen ==
        "nm-cloud-setup is enabled (" + service + "): it removes the pods' routes");
  link(timer, "/usr/lib/systemd/system/nm-cloud-setup.timer");
  CHECK(only(network_checks()) ==
        error("nm-cloud-setup", "nm-cloud-setup is enabled (" + timer + "): it removes the pods' routes",
              "systemctl disable --now nm-cloud-setup.service nm-cloud-setup.timer"));
}

}  // namespace
}  // namespace bundle::preflight
