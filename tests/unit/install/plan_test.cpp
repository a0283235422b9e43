#include "install/plan.hpp"

#include <doctest/doctest.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "steps/executor.hpp"
#include "support/cluster_bundle.hpp"
#include "support/golden.hpp"
#include "support/thrown.hpp"
#include "unit/preflight/fake_host.hpp"

namespace bundle::install {
namespace {

void check_plan(const std::string& name, const std::string& text) {
  bundle::test::check_golden("unit/install/golden/" + name + ".plan", text);
}

/// A healthy host with a bundle beside it.
struct Site {
  explicit Site(const bundle::test::ClusterBundleOptions& options = {}) : bundle(folder.path(), options) {}

  std::string plan() {
    Opened opened = bundle.opened(fake.site, fake.node);
    opened.joins = joins;
    if (joins) {
      opened.join =
          spec::Join{.ca_pins = {"sha256:" + std::string(64, '0')}, .token = "abcdef.0123456789abcdef"};
      opened.certificate_key = std::string(64, 'a');
    }
    return steps::plan_text(make_plan(fake.host, opened));
  }
  void read_site(const std::string& text, std::size_t node) {
    fake.site = site::read_site(text, folder.path() / "site.yml");
    joins = node > 0;
    fake.node = cluster::node_of(fake.site, fake.site.nodes.at(node));
    fake.node.interface = "eth0";
  }

  TempDir folder;
  bool joins = false;
  preflight::test::FakeHost fake;
  bundle::test::ClusterBundle bundle;
};

constexpr const char* kThreeMasters =
    R"(cluster: {name: site-a, endpoint: "10.0.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.0.0.100/24, virtualRouterId: 7}
nodes:
  - {name: m1, address: 10.0.0.1, roles: [master, lb]}
  - {name: m2, address: 10.0.0.2, roles: [master, lb], labels: {zone: b}, taints: ["own=x:NoExecute"]}
  - {name: m3, address: 10.0.0.3, roles: [master]}
  - {name: w1, address: 10.0.0.9, roles: [worker]}
)";

}  // namespace

TEST_CASE("the plan of a master without a site file") { check_plan("master", Site().plan()); }

TEST_CASE("the plan of a master with a GPU and the toolkit in the bundle") {
  Site site({.has_gpu_toolkit = true});
  site.fake.node.roles = {"gpu", "master"};
  site.fake.put("/sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n");
  site.fake.put("/sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n");
  check_plan("master-gpu", site.plan());
}

TEST_CASE("the plan of a master on a host with SELinux, NetworkManager, and no name server of its own") {
  Site site;
  site.fake.put("/sys/fs/selinux/enforce", "1");
  site.fake.put("/etc/NetworkManager/conf.d/x", "");
  site.fake.put("/etc/resolv.conf", "nameserver 127.0.0.1\n");
  check_plan("master-selinux", site.plan());
}

TEST_CASE("the plan of a master on a host that has answers of its own") {
  Site site;
  site.fake.put(
      "/etc/chrony.conf",
      "server ntp1.bank.example iburst\nserver 10.20.0.5 iburst prefer\nkeyfile /etc/chrony.keys\n");
  site.fake.put("/etc/resolv.conf", "nameserver 127.0.0.53\n");
  site.fake.put("/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.2\n");
  site.fake.put("/proc/sys/fs/inotify/max_user_watches", "1048576\n");
  site.fake.runner.on({"systemctl", "show", "firewalld"}, {.out = "LoadState=loaded\nActiveState=active\n"});
  site.fake.runner.on({"firewall-cmd", "--get-zone-of-interface=eth0"}, {.out = "dmz\n"});
  check_plan("master-kept", site.plan());
}

TEST_CASE("of a site without a time server the first master serves, and the others follow it") {
  Site site;
  const std::string text = std::string(kThreeMasters) + "time: {servers: []}\n";
  site.read_site(text, 0);
  CHECK(bundle::test::holds(site.plan(), "     | local stratum 10\n     | allow 10.0.0.2\n"));
  CHECK(bundle::test::holds(site.plan(), " --add-port=123/udp\n"));
  site.read_site(text, 1);
  CHECK(bundle::test::holds(site.plan(), "     | server 10.0.0.1 iburst\n     | driftfile"));
  CHECK_FALSE(bundle::test::holds(site.plan(), "123/udp"));
}

TEST_CASE("the plan of a master whose site answers everything") {
  Site site;
  write_file_atomically(site.folder.path() / "metallb-site.yaml", "pools: [10.0.0.200-10.0.0.210]\n");
  site.read_site(R"(cluster: {name: site-b, podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
nodes:
  - {name: m1, address: 10.0.0.5, roles: [master], labels: {gpu: "false", org: public}, taints: ["dedicated=infra:PreferNoSchedule"]}
kubelet: {numa: single-numa-node, reserved: {cpu: 500m, memory: 500Mi}}
storage: {containerd: /data/containerd}
time: {servers: [10.0.0.2, ntp.site]}
firewall: disable
selinux: permissive
components: {metallb: {values: metallb-site.yaml}}
)",
                 0);
  check_plan("master-site", site.plan());
}

TEST_CASE("the plans of the masters of a site with a virtual address") {
  Site site;
  site.fake.put("/sys/fs/selinux/enforce", "1");
  site.read_site(kThreeMasters, 0);
  check_plan("three-masters-first", site.plan());
  site.read_site(kThreeMasters, 1);
  check_plan("three-masters-second", site.plan());
  site.read_site(kThreeMasters, 2);
  check_plan("three-masters-without-lb", site.plan());
}

TEST_CASE("the plans of two masters that are balancers") {
  Site site;
  const std::string text =
      replace_all(kThreeMasters, "  - {name: m3, address: 10.0.0.3, roles: [master]}\n", "");
  site.read_site(text, 0);
  check_plan("two-masters-first", site.plan());
  site.read_site(text, 1);
  check_plan("two-masters-second", site.plan());
}

TEST_CASE("the plan of a GPU node with its GPU, the toolkit in the bundle, and a group's answers") {
  Site site({.has_gpu_toolkit = true});
  site.fake.put_recorded(BUNDLE_SOURCE_DIR "/tests/data/hosts/h100.files");
  site.read_site(replace_all(kThreeMasters, "roles: [worker]", "roles: [gpu], group: h100") +
                     "nodeGroups:\n  h100:\n    labels: {card: H100}\n    taints: [\"gpu=true:NoSchedule\"]\n"
                     "    kubelet: {numa: single-numa-node, reserved: {cpu: \"2\", memory: 4Gi}}\n",
                 3);
  check_plan("gpu", site.plan());
}

TEST_CASE("the plan of a GPU node that gets its driver from the bundle, before anything runs on it") {
  Site site({.has_gpu_toolkit = true});
  site.fake.put_recorded(BUNDLE_SOURCE_DIR "/tests/data/hosts/h100.files");
  site.read_site(replace_all(kThreeMasters, "roles: [worker]", "roles: [gpu]") + "gpu: {driver: rpm}\n", 3);
  check_plan("gpu-driver", site.plan());
  site.read_site(std::string(kThreeMasters) + "gpu: {driver: rpm}\n", 3);
  CHECK_FALSE(bundle::test::holds(site.plan(), "nouveau"));
  SUBCASE("as long as it has no GPU it is not loaded") {
    Site bare({.has_gpu_toolkit = true});
    bare.read_site(replace_all(kThreeMasters, "roles: [worker]", "roles: [gpu]") + "gpu: {driver: rpm}\n", 3);
    CHECK_FALSE(bundle::test::holds(bare.plan(), "modprobe nvidia"));
    CHECK(bundle::test::holds(bare.plan(), "there is no GPU yet"));
  }
}

TEST_CASE("where fapolicyd runs, what comes from no package is let run before it is needed") {
  Site site;
  site.fake.put("/etc/fapolicyd/rules.d/90-deny-execute.rules", "deny_audit perm=execute all : all\n");
  site.read_site(kThreeMasters, 0);
  CHECK(site.plan().find("fapolicyd") == std::string::npos);  // installed, and off
  site.fake.runner.on({"systemctl", "show", "fapolicyd.service"},
                      {.out = "LoadState=loaded\nActiveState=active\n"});
  const std::string plan = site.plan();
  const std::string step =
      ": let fapolicyd run what no package has\n"
      "   write /etc/fapolicyd/rules.d/38-bundle.rules (mode 0644)\n"
      "     | # Made by bundle: what it puts on this host beside packages.\n"
      "     | allow perm=any all : dir=/var/lib/bundle/bin/\n"
      "     | allow perm=any all : dir=/opt/cni/bin/\n"
      "     | allow perm=any all : dir=/var/lib/kubelet/\n"
      "     | allow perm=any all : path=/usr/libexec/keepalived/check_apiserver.sh\n"
      "   systemctl restart fapolicyd.service\n";
  CAPTURE(plan);
  REQUIRE(plan.find(step) != std::string::npos);
  CHECK(plan.find(": install RPMs\n") < plan.find(step));
  CHECK(plan.find(step) < plan.find(": start containerd\n"));
}

TEST_CASE("values that are no longer what was signed are not used") {
  Site site;
  write_file_atomically(site.folder.path() / "metallb-site.yaml", "pools: []\n");
  site.read_site(R"(nodes: [{name: m1, address: 10.0.0.5, roles: [master]}]
components: {metallb: {values: metallb-site.yaml}}
)",
                 0);
  site.fake.site.signed_files[site.folder.path() / "metallb-site.yaml"] = sha256_hex("pools: []\n");
  CHECK_NOTHROW(site.plan());
  write_file_atomically(site.folder.path() / "metallb-site.yaml", "pools: [x]\n");
  const Error error = bundle::test::thrown_by([&] { site.plan(); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(bundle::test::holds(error.message(), "no longer what was signed"));
  site.fake.site.signed_files.clear();
  CHECK_NOTHROW(site.plan());
  site.fake.site.origin = site::SiteOrigin::signed_by_trusted;  // and the file came after its check
  CHECK(bundle::test::thrown_by([&] { site.plan(); }).kind() == ErrorKind::integrity);
}

TEST_CASE("each registry from which the bundle's images come has its mirror") {
  Site site;
  const std::string pem = "-----BEGIN CERTIFICATE-----\n";
  write_file_atomically(site.folder.path() / "ca.pem", pem);
  site.read_site(R"(nodes: [{name: m1, address: 10.0.0.5, roles: [master]}]
registry: {mirror: "https://10.0.0.9:8443", ca: ca.pem}
)",
                 0);
  const std::string plan = site.plan();
  CHECK(bundle::test::holds(plan, "write /etc/containerd/certs.d/bundle-mirror.crt (mode 0644)\n"));
  CHECK(bundle::test::holds(plan, "| -----BEGIN CERTIFICATE-----\n"));
  std::set<std::string> hosts;
  for (const format::Image& image : site.bundle.index().images) {
    hosts.insert(image.ref.substr(0, image.ref.find('/')));
  }
  REQUIRE(hosts.size() > 1);
  for (const std::string& host : hosts) {
    CHECK(bundle::test::holds(plan, "write /etc/containerd/certs.d/" + host + "/hosts.toml (mode 0644)\n"));
  }
  site.fake.site.signed_files[site.folder.path() / "ca.pem"] = sha256_hex(pem);
  CHECK_NOTHROW(site.plan());
  write_file_atomically(site.folder.path() / "ca.pem", "other");
  CHECK(bundle::test::thrown_by([&] { site.plan(); }).kind() == ErrorKind::integrity);
}

TEST_CASE("every operand of a plan's commands that comes from outside stands behind --") {
  Site site;
  site.fake.node.name = "--server=x";  // as no site file and no host could name it
  site.fake.node.labels = {{"--kubeconfig", "/tmp/x"}};
  const std::string plan = site.plan();
  for (const char* words : {"hostnamectl --static --transient set-hostname -- --server=x\n",
                            " -- node --server=x\n     | labels: --kubeconfig=/tmp/x\n",
                            "wait --for=condition=Ready --timeout=3s -- node/--server=x\n"}) {
    CAPTURE(words);
    CHECK(bundle::test::holds(plan, words));
  }
}

TEST_CASE("the plans of a worker and of a GPU node, whose runtime is runc as long as it has no GPU") {
  Site site({.has_gpu_toolkit = true});
  site.read_site(kThreeMasters, 3);
  check_plan("worker", site.plan());
  site.read_site(replace_all(kThreeMasters, "roles: [worker]", "roles: [gpu], labels: {gpu: \"true\"}"), 3);
  check_plan("gpu-without-gpu", site.plan());
}

TEST_CASE("the first master of the site brings the components, also when it has joined in the place of one") {
  Site site;
  site.read_site(kThreeMasters, 0);
  site.joins = true;
  const std::string plan = site.plan();
  const std::size_t join = plan.find(" kubeadm-join: ");
  REQUIRE(join != std::string::npos);
  CHECK(plan.find(" flannel: install flannel\n", join) != std::string::npos);
  CHECK(plan.find(" healthy: wait for the cluster\n", join) != std::string::npos);
  CHECK_FALSE(bundle::test::holds(plan, "healthy: wait for the node"));
  CHECK_FALSE(bundle::test::holds(plan, "kubeadm-init"));
  site.read_site(kThreeMasters, 1);
  CHECK_FALSE(bundle::test::holds(site.plan(), "install flannel"));
}

TEST_CASE("no plan shows a secret of a join file") {
  Site site;
  site.read_site(kThreeMasters, 1);
  const std::string plan = site.plan();
  CHECK(bundle::test::holds(plan, "kubeadm join --config"));
  CHECK(bundle::test::holds(plan, "(secret)"));
  CHECK_FALSE(bundle::test::holds(plan, "0123456789abcdef"));
  CHECK_FALSE(bundle::test::holds(plan, std::string(64, 'a')));
}

}  // namespace bundle::install
