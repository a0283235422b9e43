#include "cluster/join_info.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "cluster/join_lock.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/kubectl.hpp"
#include "host/secret_file.hpp"
#include "signing/certificate.hpp"
#include "signing/cipher.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kCaPath = "/etc/kubernetes/pki/ca.crt";
constexpr std::string_view kUploadConfig = "/run/bundle-upload.yaml";
constexpr std::size_t kCertificateKeyBytes = 32;
constexpr auto kSignaturePatience = std::chrono::minutes(2);

std::string ask_kubectl(const host::Host& host, std::vector<std::string> words) {
  return std::string(trim(host.run(kubectl(std::move(words))).out));
}

/// What the cluster was made with, by itself: the site file may have changed since.
/// Source: kubeadm's ConfigMap kubeadm-config.
void read_cluster(const host::Host& host, spec::Join& join) {
  const std::string text =
      ask_kubectl(host, {"--namespace", "kube-system", "get", "configmap", "kubeadm-config", "-o",
                         "jsonpath={.data.ClusterConfiguration}"});
  const yaml::Node root = yaml::parse_one(text, "kubeadm-config", ErrorKind::step);
  const auto value = [&](const yaml::Node* node, std::string_view key) {
    const yaml::Node* found = node == nullptr ? nullptr : node->find(key);
    if (found == nullptr || found->text.empty()) {
      fail(ErrorKind::step, "the cluster's kubeadm-config has no {}", key);
    }
    return found->text;
  };
  join.cluster_name = value(&root, "clusterName");
  join.endpoint = value(&root, "controlPlaneEndpoint");
  join.kubernetes = value(&root, "kubernetesVersion");
  join.pod_subnet = value(root.find("networking"), "podSubnet");
  join.service_subnet = value(root.find("networking"), "serviceSubnet");
}

std::string make_token(const host::Host& host, const JoinOrder& order) {
  const CommandResult made = host.run({"kubeadm", "--kubeconfig", std::string(kAdminConf), "token", "create",
                                       "--ttl", fmt::format("{}s", order.ttl.count()), "--description",
                                       "bundle join-info --role " + order.role});
  return std::string(trim(made.out));
}

/// The controller manager signs cluster-info with a new token a moment after it was made; a host that comes
/// before that would find the token unknown.
void wait_for_signature(const host::Host& host, const spec::Join& join) {
  const std::string key = "jws-kubeconfig-" + join.token_id();
  const auto is_signed = [&] {
    const CommandResult shown =
        host.ask(kubectl({"--namespace", "kube-public", "get", "configmap", "cluster-info", "-o", "json"}));
    if (shown.status != 0) {
      return false;
    }
    const json::Value document = json::parse(shown.out, "cluster-info", ErrorKind::step);
    return !json::text_at(json::member_at(document, "data"), key).empty();
  };
  if (!host.wait_until(is_signed, kSignaturePatience)) {
    throw Error(ErrorKind::step, "the control plane does not sign cluster-info with the new token",
                "kubectl -n kube-system get pods: the controller manager must run");
  }
}

/// kubeadm asks the internet for the newest version unless it is told one.
std::string upload_certificates(const host::Host& host, const std::string& kubernetes) {
  const std::string key = to_hex(as_bytes(signing::random_bytes(kCertificateKeyBytes)));
  const json::Object init{
      {"apiVersion", kKubeadmApi}, {"kind", "InitConfiguration"}, {"certificateKey", key}};
  const json::Object cluster{
      {"apiVersion", kKubeadmApi}, {"kind", "ClusterConfiguration"}, {"kubernetesVersion", kubernetes}};
  const host::SecretFile document(host, kUploadConfig, json::pretty(init) + "---\n" + json::pretty(cluster));
  host.run({"kubeadm", "init", "phase", "upload-certs", "--upload-certs", "--skip-certificate-key-print",
            "--config", std::string(kUploadConfig)});
  return key;
}

}  // namespace

Minted mint_join(const host::Host& host, const JoinOrder& order) {
  if (!is_api_ready(host)) {
    throw Error(ErrorKind::preflight, "there is no control plane on this host that answers",
                "run it as root on a master; kubectl get nodes says which there are");
  }
  Minted minted{.join = {.role = order.role,
                         .bundle_name = order.bundle_name,
                         .bundle_version = order.bundle_version,
                         .index_sha256 = order.index_sha256}};
  spec::Join& join = minted.join;
  read_cluster(host, join);
  join.cluster_id = ask_kubectl(host, {"get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"});
  join.ca_pins = signing::key_pins(host.read(kCaPath).value_or(""));
  join.expires = host.now() + order.ttl.count();
  if (order.role == "master") {
    let_masters_take_turns(host);
    minted.certificate_key = upload_certificates(host, join.kubernetes);
  }
  join.token = make_token(host, order);
  // What is handed out must be what a host will read.
  spec::read_join(spec::to_yaml(join), "join.yml");
  wait_for_signature(host, join);
  return minted;
}

}  // namespace bundle::cluster
