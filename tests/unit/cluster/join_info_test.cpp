#include "cluster/join_info.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/test_ca.hpp"
#include "support/thrown.hpp"

namespace bundle::cluster {
namespace {

/// A master, as kubeadm made it.
struct Master {
  test::FakeWorld world;
  test::WorldHost host{world};
  std::string uploaded;  ///< the document of upload-certs
  int asked = 0;         ///< how often for cluster-info, which is signed after some time

  Master() {
    world.put("/etc/kubernetes/admin.conf", "kind: Config\n");
    world.put("/etc/kubernetes/pki/ca.crt", test::kCaPem);
    world.kubectl.make_cluster("m1");
    const std::vector<std::string> kubectl{"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf",
                                           "--cache-dir", "/var/lib/bundle/kubectl"};
    const auto on = [&](std::vector<std::string> words, std::string out) {
      words.insert(words.begin(), kubectl.begin(), kubectl.end());
      world.programs.on(words, CommandResult{.out = std::move(out)});
    };
    on({"get", "namespace", "kube-system"}, "11111111-2222-3333-4444-555555555555");
    on({"--namespace", "kube-system", "get", "configmap", "kubeadm-config"},
       "clusterName: site-a\ncontrolPlaneEndpoint: 10.0.0.100:6553\nkubernetesVersion: v1.34.3\n"
       "networking:\n  podSubnet: 10.244.0.0/16\n  serviceSubnet: 10.96.0.0/12\n");
    on({"apply"}, "serverside-applied\n");
    world.programs.on({"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                       "/var/lib/bundle/kubectl", "--namespace", "kube-public"},
                      [this](const Command&) {
                        return CommandResult{.out = ++asked < 3
                                                        ? R"({"data":{"kubeconfig":"x"}})"
                                                        : R"({"data":{"jws-kubeconfig-abcdef":"a..b"}})"};
                      });
    world.programs.on({"kubeadm", "--kubeconfig"}, CommandResult{.out = "abcdef.0123456789abcdef\n"});
    world.programs.on({"kubeadm", "init", "phase", "upload-certs"}, [this](const Command& command) {
      uploaded = read_file(world.files.at(command.argv.back()), 1 << 16);
      return CommandResult{};
    });
  }
  Minted mint(const std::string& role) {
    return mint_join(host.host, {.role = role,
                                 .ttl = std::chrono::hours(1),
                                 .bundle_name = "site",
                                 .bundle_version = "2026.11.0",
                                 .index_sha256 = std::string(64, 'c')});
  }
  std::string ran() const { return join(world.programs.ran(), "\n"); }
};

}  // namespace

TEST_CASE_FIXTURE(Master,
                  "a worker's file has what the cluster says of itself, and no certificates are put up") {
  const Minted made = mint("worker");
  CHECK(made.join.cluster_name == "site-a");
  CHECK(made.join.endpoint == "10.0.0.100:6553");
  CHECK(made.join.ca_pins == std::vector{std::string(test::kCaPin)});
  CHECK(made.join.token == "abcdef.0123456789abcdef");
  CHECK(made.certificate_key.empty());
  CHECK(asked == 3);
  CHECK(uploaded.empty());
  CHECK(ran().find("token create --ttl 3600s") != std::string::npos);
}

TEST_CASE_FIXTURE(Master,
                  "a master's certificates are put up under a new key, which is on no command line or disk") {
  const std::string first = mint("master").certificate_key;
  CHECK(is_hex_256(first));
  CHECK(uploaded.find(first) != std::string::npos);
  CHECK(uploaded.find("v1.34.3") != std::string::npos);  // else kubeadm asks the internet
  CHECK(mint("master").certificate_key != first);
  CHECK(ran().find(first) == std::string::npos);
  CHECK_FALSE(world.exists("/run/bundle-upload.yaml"));
}

TEST_CASE_FIXTURE(Master, "where no control plane answers nothing is made") {
  world.kubectl.is_api_ready = false;
  CHECK(test::thrown_by([&] { mint("worker"); }).kind() == ErrorKind::preflight);
  CHECK(ran().find("token") == std::string::npos);
}

TEST_CASE_FIXTURE(Master, "what no host could read is not handed out") {
  world.programs.on({"kubeadm", "--kubeconfig"}, CommandResult{.out = "no token at all\n"});
  CHECK(test::thrown_by([&] { mint("worker"); }).kind() == ErrorKind::spec);
}

}  // namespace bundle::cluster
