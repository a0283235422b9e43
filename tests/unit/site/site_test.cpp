#include "site/site.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

constexpr std::string_view kWhole =
    R"(cluster: {name: site-a, endpoint: "10.0.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.0.0.100/24, virtualRouterId: 7}
nodes:
  - {name: m1, address: 10.0.0.1, roles: [master, lb]}
  - {name: g1, address: 10.0.0.2, roles: [gpu], labels: {gpu: "true"}, taints: ["a=b:NoSchedule"]}
kubelet: {numa: single-numa-node, reserved: {cpu: 500m, memory: 500Mi}}
gpu: {driver: rpm, mig: none}
storage: {containerd: /data/containerd}
time: {servers: [10.0.0.9]}
firewall: disable
selinux: permissive
components: {metallb: {values: metallb.yaml}}
)";

Error refused(const std::string& text) {
  return test::thrown_by([&] { site::read_site(text, "site.yml"); });
}

}  // namespace

TEST_CASE("a site file gives all its answers") {
  const site::Site site = site::read_site(kWhole, "/root/site.yml");
  CHECK(site.endpoint == "10.0.0.100:6553");
  CHECK(site.vip->address == "10.0.0.100");
  CHECK(site.vip->virtual_router_id == 7);
  REQUIRE(site.nodes.size() == 2);
  CHECK(site.nodes[0].lb);
  CHECK(site.nodes[0].roles == spec::Roles{"master"});
  CHECK(site.nodes[1].labels.at("gpu") == "true");
  CHECK(site.containerd_root == "/data/containerd");
  CHECK(site.firewall == site::Firewall::disable);
  CHECK(site.component_values.at("metallb") == "/root/metallb.yaml");
}

TEST_CASE("a mirror of registries") {
  const auto mirror = [](const std::string& url) {
    return *site::read_site("registry: {mirror: \"" + url + "\"}\n", "/root/site.yml").mirror;
  };
  CHECK(mirror("https://10.0.0.5:8443").server == "https://10.0.0.5:8443");
  CHECK(mirror("https://10.0.0.5:8443").prefix.empty());
  CHECK(mirror("https://10.0.0.5:8443/").prefix.empty());
  CHECK(mirror("http://harbor.site/mirror/{host}/").server == "http://harbor.site");
  CHECK(mirror("http://harbor.site/mirror/{host}/").prefix == "mirror/{host}");
  CHECK(mirror("https://r.site/a__b/c-d.e").prefix == "a__b/c-d.e");
  const site::Site site =
      site::read_site("registry: {mirror: \"https://r.site\", ca: x/ca.pem}\n", "/root/site.yml");
  CHECK(site.mirror->ca == "/root/x/ca.pem");
  CHECK(!site::read_site("firewall: leave\n", "site.yml").mirror);
  for (const std::string url :
       {"harbor.site", "ftp://r.site", "https://", "https://me:secret@r.site", "https://r.site:0",
        "https://r.site:70000", "https://r.site:", "https://r.site:1:2", "https://r.site?x=1",
        "https://r.site/a?b", "https://r.site/A", "https://r.site//a", "https://r.site/a/../b",
        "https://r.site/{hosts}", "https://r.site/x{host}", "https://r.site/a._b", "https://r.site/a\\\"b",
        "https://[fd00::1]:5000"}) {
    CAPTURE(url);
    const Error error = refused("registry: {mirror: \"" + url + "\"}\n");
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position().line == 1);
    CHECK(error.position().column == 20);
  }
  CHECK(test::holds(refused("registry: {ca: ca.pem}\n").message(), "mirror"));
  CHECK(test::holds(refused("registry: {mirror: \"http://r.site\", ca: ca.pem}\n").message(),
                    "mirror without TLS"));
  CHECK(refused("registry: {mirror: \"https://r.site\", ca: \"a\\nb\"}\n").kind() == ErrorKind::spec);
  CHECK(refused("registry: {mirror: \"https://r.site\", tls: no}\n").kind() == ErrorKind::spec);
}

TEST_CASE("an empty site has answers of its own") {
  const site::Site site;
  CHECK(site.pod_subnet == "10.244.0.0/16");
  CHECK(site.firewall == site::Firewall::keep_open);
}

TEST_CASE("what masters do by themselves is on unless the site turns it off") {
  const site::Site silent = site::read_site("firewall: leave\n", "site.yml");
  CHECK(silent.renews_certificates);
  CHECK(silent.snapshots.is_on);
  CHECK(silent.snapshots.keep == 7);
  CHECK(silent.snapshots.folder == "/var/backups/etcd");
  const site::Site site = site::read_site(
      "certificates: {renew: false}\netcd: {snapshots: false, keep: 30, to: /data/etcd}\n", "site.yml");
  CHECK_FALSE(site.renews_certificates);
  CHECK_FALSE(site.snapshots.is_on);
  CHECK(site.snapshots.keep == 30);
  CHECK(site.snapshots.folder == "/data/etcd");
  CHECK(test::holds(refused("etcd: {keep: 0}\n").message(), "keep '0' is not between 1 and 366"));
  CHECK(test::holds(refused("etcd: {keep: 07}\n").message(), "between 1 and 366"));
  CHECK(test::holds(refused("etcd: {to: backups}\n").message(), "not a folder that snapshots"));
  CHECK(test::holds(refused("etcd: {to: /var/lib/etcd/x}\n").message(), "not a folder that snapshots"));
  CHECK(refused("certificates: {renews: true}\n").hint() == "did you mean 'renew'?");
  CHECK(refused("etcd: {snapshot: true}\n").hint() == "did you mean 'snapshots'?");
}

TEST_CASE("wrong answers are refused with their place") {
  CHECK(refused("clutser: {}\n").hint() == "did you mean 'cluster'?");
  CHECK(refused("cluster: {podSubnet: 10.244.0.0}\n").position().line == 1);
  CHECK(test::holds(refused("cluster: {podSubnet: 10.0.0.0/8, serviceSubnet: 10.96.0.0/12}\n").message(),
                    "overlap"));
  CHECK(test::holds(refused("cluster: {endpoint: \"10.0.0.1\"}\n").message(), "not an endpoint"));
  CHECK(test::holds(refused("vip: {address: 10.0.0.1/24, virtualRouterId: 256}\n").message(),
                    "virtualRouterId"));
  CHECK(test::holds(refused("firewall: off\n").hint(), "keep-open"));
  CHECK(test::holds(refused("gpu: {driver: container}\n").hint(), "preinstalled, rpm"));
  CHECK(test::holds(refused("storage: {containerd: ../x}\n").message(), "absolute"));
  const std::string node = "  - {name: m1, address: 10.0.0.1, roles: [master]}\n";
  CHECK(refused("nodes:\n" + node + node).position().line == 3);
  CHECK(test::holds(refused("nodes: [{name: M1, address: 10.0.0.1, roles: [master]}]\n").message(), "M1"));
  CHECK(test::holds(refused("nodes: [{name: m1, address: 10.0.0.01, roles: [master]}]\n").message(),
                    "not an IPv4"));
  CHECK(test::holds(refused("nodes: [{name: m1, address: 10.0.0.1, roles: [mister]}]\n").message(),
                    "unknown role"));
  CHECK(refused("firewall: leave\nfirewall: leave\n").position().line == 2);
}

TEST_CASE("each value has its grammar, and is refused at its own place") {
  struct Row {
    const char* before;
    const char* value;
    const char* after;
    const char* message;
  };
  for (const Row& row : std::vector<Row>{
           {"cluster: {name: ", "\"a --authorization-mode=AlwaysAllow\"", "}", "is not a name for a cluster"},
           {"cluster: {name: ", "\"a\\nb\"", "}", "'a\\x0ab' is not a name for a cluster"},
           {"cluster: {name: ", "\"\"", "}", "is not a name for a cluster"},
           {"cluster: {endpoint: ", "\"\"", "}", "is not an endpoint"},
           {"cluster: {podSubnet: ", "11.0.0.0/7", "}", "is not a network of a fitting size"},
           {"cluster: {podSubnet: ", "10.244.0.0/25", "}", "is not a network of a fitting size"},
           {"cluster: {podSubnet: ", "10.244.0.5/16", "}", "is not a network, but an address in one"},
           {"cluster: {podSubnet: ", "127.0.0.0/16", "}", "is not a network for hosts"},
           {"cluster: {serviceSubnet: ", "10.64.0.0/11", "}", "is not a network of a fitting size"},
           {"cluster: {serviceSubnet: ", "10.96.0.0/29", "}", "is not a network of a fitting size"},
           {"cluster: {serviceSubnet: ", "\"10.96.0.0/16,fd00::/108\"", "}", "is not a network"},
           {"vip: {address: ", "10.0.0.0/24", "}", "is not the address of a host"},
           {"vip: {address: ", "10.0.0.255/24", "}", "is not the address of a host"},
           {"vip: {address: ", "127.0.0.5/8", "}", "is not the address of a host"},
           {"vip: {address: ", "10.0.0.5", "}", "is not an address with a prefix"},
           {"vip: {address: 10.0.0.5/24, virtualRouterId: ", "061", "}", "is not between 1 and 255"},
           {"vip: {address: 10.0.0.5/24, virtualRouterId: ", "\"7 }\"", "}", "is not between 1 and 255"},
           {"nodes: [{name: ", "a..b", ", address: 10.0.0.1, roles: [master]}]", "is not a name for a node"},
           {"nodes: [{name: ", "localhost", ", address: 10.0.0.1, roles: [master]}]",
            "is not a name for a node"},
           {"nodes: [{name: ", "10.0.0.7", ", address: 10.0.0.1, roles: [master]}]",
            "is not a name for a node"},
           {"nodes: [{name: m1, address: ", "127.0.0.1", ", roles: [master]}]",
            "is not the address of a host"},
           {"nodes: [{name: m1, address: ", "224.0.0.5", ", roles: [master]}]",
            "is not the address of a host"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: ", "[lb]", "}]", "has no role beside lb"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: [master], labels: {", "--server",
            ": \"https://x\"}}]", "'--server' is not a key for a label"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: [master], labels: {", "kubernetes.io/hostname",
            ": x}}]", "is not a label that a site can set"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: [master], labels: {a: ", "\"b c\"", "}}]",
            "is not a value for a label"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: [master], taints: [", "gpu", "]}]",
            "is not a taint"},
           {"nodes: [{name: m1, address: 10.0.0.1, roles: [master], taints: [\"a=b:NoSchedule\", ",
            "\"a=c:NoSchedule\"", "]}]", "there are two taints a with the effect NoSchedule"},
           {"kubelet: {reserved: {cpu: ", "500Mi", "}}", "is not an amount of processors"},
           {"kubelet: {reserved: {memory: ", "500m", "}}", "is not an amount of memory"},
           {"kubelet: {numa: ", "maybe", "}", "is not a value for 'numa'"},
           {"storage: {containerd: ", "/etc/containerd", "}",
            "is not a folder that containerd can have for itself"},
           {"storage: {containerd: ", "\"/data/a b\"", "}",
            "is not a folder that containerd can have for itself"},
           {"time: {servers: [ntp.site, ", "\"10.0.0.9 key 1\"", "]}", "is not a time server"},
           {"time: {servers: [", "\"a\\nallow all\"", "]}", "'a\\x0aallow all' is not a time server"},
           {"components: {", "../x", ": {values: a.yaml}}", "is not a name for a component"},
           {"components: {metallb: {values: ", "\"https://x/y.yaml\"", "}}",
            "is not a path of a values file"},
           {"components: {metallb: {values: ", "\"a.yaml,b.yaml\"", "}}", "is not a path of a values file"},
       }) {
    const std::string text = std::string("firewall: leave\n") + row.before + row.value + row.after + "\n";
    CAPTURE(text);
    const Error error = refused(text);
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(test::holds(error.message(), row.message));
    CHECK(test::holds(error.hint(), error.message().starts_with("node ") ? "roles are" : "expected "));
    CHECK(error.position() == Position{.file = "site.yml",
                                       .line = 2,
                                       .column = static_cast<int>(std::string(row.before).size()) + 1});
  }
}

TEST_CASE("the examples of the pages are read") {
  for (const std::string page : {"docs/site.md", "docs/site-guide.md"}) {
    CAPTURE(page);
    const std::string text = read_file(std::string(BUNDLE_SOURCE_DIR) + "/" + page, 1 << 20);
    const std::size_t begin = text.find("```yaml\n") + 8;
    const site::Site site = site::read_site(text.substr(begin, text.find("```", begin) - begin), page);
    CHECK(site.cluster_name == "site-a");
  }
}

TEST_CASE("a long value from outside does not fill the screen") {
  CHECK(refused("cluster: {name: " + std::string(5000, 'x') + "}\n").message().size() < 200);
}

TEST_CASE("no word of time is another answer than no server, and half a word is none") {
  CHECK_FALSE(site::read_site("firewall: leave\n", "site.yml").time_servers);
  CHECK(site::read_site("time: {servers: []}\n", "site.yml").time_servers->empty());
  CHECK(*site::read_site("time: {servers: [a, b]}\n", "site.yml").time_servers ==
        std::vector<std::string>{"a", "b"});
  CHECK(test::holds(refused("time: {}\n").message(), "servers"));
}

TEST_CASE("networks of IPv4") {
  CHECK(spec::parse_ipv4_network("10.96.0.0/12")->contains(*spec::parse_ipv4("10.111.255.255")));
  CHECK_FALSE(spec::parse_ipv4_network("10.96.0.0/12")->contains(*spec::parse_ipv4("10.112.0.0")));
  CHECK(spec::parse_ipv4_network("0.0.0.0/0")->overlaps(*spec::parse_ipv4_network("192.168.1.0/24")));
  CHECK_FALSE(spec::parse_ipv4_network("10.0.0.0/33"));
  CHECK_FALSE(spec::parse_ipv4("10.0.0.256"));
  CHECK(spec::to_string(*spec::parse_ipv4_network("10.1.2.3/24")) == "10.1.2.3/24");
}

}  // namespace bundle
