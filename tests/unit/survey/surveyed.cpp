#include "unit/survey/surveyed.hpp"

#include "base/base64.hpp"
#include "deliver/image_names.hpp"
#include "deliver/payload.hpp"
#include "host/state_folder.hpp"
#include "steps/journal.hpp"
#include "support/test_ca.hpp"
#include "survey/judge.hpp"

namespace bundle::survey::test {
namespace {

constexpr const char* kServerEnd = "Nov 21 20:00:00 2036 GMT";

std::string kubeconfig() {
  return "apiVersion: v1\nclusters:\n- cluster:\n    server: https://10.0.0.100:6553\n  name: kubernetes\n"
         "users:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: " +
         base64_encode(bundle::test::kCaPem) + "\n";
}

}  // namespace

Surveyed::Surveyed() {
  make_files();
  make_cluster();
  steps::Journal journal(host.host.at(host::kJournalPath), steps::Journal::Access::write);
  journal.install({.bundle = "site",
                   .version = "2026.11.0",
                   .index_sha256 = bundle.verified.sha256(),
                   .roles = "master",
                   .node = "m1",
                   .at = 1});
}

void Surveyed::make_files() const {
  for (const char* file :
       {"pki/apiserver.crt", "pki/apiserver-etcd-client.crt", "pki/apiserver-kubelet-client.crt",
        "pki/ca.crt", "pki/etcd/ca.crt", "pki/etcd/healthcheck-client.crt", "pki/etcd/peer.crt",
        "pki/etcd/server.crt", "pki/front-proxy-ca.crt", "pki/front-proxy-client.crt"}) {
    world.put(std::string("/etc/kubernetes/") + file, bundle::test::kCaPem);
  }
  for (const char* file : {"admin.conf", "controller-manager.conf", "scheduler.conf"}) {
    world.put(std::string("/etc/kubernetes/") + file, kubeconfig());
  }
  world.put("/var/lib/kubelet/pki/kubelet-client-current.pem", bundle::test::kCaPem);
  world.put("/etc/hosts",
            "127.0.0.1 localhost\n# BEGIN bundle\n10.0.0.5 m1\n10.0.0.6 m2\n10.0.0.9 w1\n# END bundle\n");
  world.put("/proc/sys/kernel/hostname", "m1\n");
  world.put(deliver::kKeptIndex, format::to_canonical_json(bundle.index()));
  world.put(bundle::test::FakeHelm::kPath, "helm");
}

void Surveyed::make_cluster() {
  bundle::test::FakeKubectl& cluster = world.kubectl;
  cluster.make_cluster("m1");
  cluster.nodes["m2"] = cluster.nodes["m1"];
  cluster.nodes["w1"] = {};
  cluster.nodes["m1"].address = "10.0.0.5";
  cluster.nodes["m2"].address = "10.0.0.6";
  cluster.nodes["w1"].address = "10.0.0.9";
  cluster.etcd_members = {{"m1", true}, {"m2", true}};
  cluster.etcd_leader = "m2";
  cluster.workloads = {{"kube-flannel/daemonset/kube-flannel-ds", true},
                       {"kube-system/deployment/coredns", true},
                       {"metallb-system/deployment/metallb-controller", true}};
  world.helm.releases = {{"demo/hello", {{.chart = "hello-0.3.0"}}},
                         {"metallb-system/metallb", {{.chart = "metallb-0.16.1"}}}};
  world.systemd.units["containerd.service"].is_active = true;
  for (const deliver::ImageName& image : deliver::image_names(bundle.index(), {"master"})) {
    world.ctr.images[image.name] = {.digest = image.digest};
    cluster.nodes["m2"].images.push_back(image.name);
    cluster.nodes["w1"].images.push_back(image.name);
  }
  world.api.servers = {{"10.0.0.5", kServerEnd}, {"10.0.0.6", kServerEnd}};
  world.network.addresses = {{.interface = "eth0", .address = "10.0.0.5"}};
  world.network.on_link = {{"10.0.0.6", "52:54:00:00:00:06"}, {"10.0.0.100", "52:54:00:00:00:06"}};
}

std::string Surveyed::faults() {
  std::string text;
  for (const Finding& finding : judge(survey(), world.now)) {
    text += finding.message + "\n";
  }
  return text;
}

std::string Surveyed::unknown() {
  std::string text;
  for (const std::string& one : unknowns(survey())) {
    text += one + "\n";
  }
  return text;
}

}  // namespace bundle::survey::test
