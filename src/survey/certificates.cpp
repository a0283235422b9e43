#include "survey/certificates.hpp"

#include <array>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/yaml.hpp"
#include "signing/certificate.hpp"

namespace bundle::survey {
namespace {

constexpr std::string_view kFolder = "/etc/kubernetes";
/// Source: kubeadm's app/constants/constants.go.
constexpr std::array<std::string_view, 10> kFiles{"pki/apiserver.crt",
                                                  "pki/apiserver-etcd-client.crt",
                                                  "pki/apiserver-kubelet-client.crt",
                                                  "pki/ca.crt",
                                                  "pki/etcd/ca.crt",
                                                  "pki/etcd/healthcheck-client.crt",
                                                  "pki/etcd/peer.crt",
                                                  "pki/etcd/server.crt",
                                                  "pki/front-proxy-ca.crt",
                                                  "pki/front-proxy-client.crt"};
/// The last one is on the first master alone.
constexpr std::array<std::string_view, 4> kKubeconfigs{"admin.conf", "controller-manager.conf",
                                                       "scheduler.conf", "super-admin.conf"};
constexpr std::string_view kKubeletClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/// The member of the first row of a list in a kubeconfig (`clusters` → `cluster`); null when absent.
/// Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
const yaml::Node* first_of(const yaml::Node& root, std::string_view list, std::string_view member) {
  const yaml::Node* rows = root.find(list);
  return rows == nullptr || rows->items.empty() ? nullptr : rows->items.front().find(member);
}

std::string text_at(const host::Host& host, std::string_view kubeconfig, std::string_view list,
                    std::string_view member, std::string_view key) {
  try {
    const yaml::Node root =
        yaml::parse_one(host.read(kubeconfig).value_or(""), std::string(kubeconfig), ErrorKind::step);
    const yaml::Node* row = first_of(root, list, member);
    const yaml::Node* found = row == nullptr ? nullptr : row->find(key);
    return found == nullptr ? std::string() : found->text;
  } catch (const Error&) {
    return {};
  }
}

Certificate certificate(const std::string& node, std::string_view name, std::string_view pem) {
  const std::optional<std::int64_t> ends = signing::first_end(pem);
  return {.node = node,
          .name = std::string(name),
          .ends = ends,
          .why_not = ends ? "" : "there is no certificate in it, or it cannot be read"};
}

}  // namespace

std::vector<Certificate> kubeadm_certificates(const host::Host& host, const std::string& node,
                                              const std::string& folder) {
  std::vector<Certificate> certificates;
  for (const std::string_view file : kFiles) {
    const std::string path = fmt::format("{}/{}", folder, file);
    certificates.push_back(certificate(node, path, host.read(path).value_or("")));
  }
  for (const std::string_view file : kKubeconfigs) {
    const std::string path = fmt::format("{}/{}", folder, file);
    if (file != kKubeconfigs.back() || host.exists(path)) {
      const std::string data = user_text_at(host, path, "client-certificate-data");
      certificates.push_back(certificate(node, path, base64_decode(data).value_or("")));
    }
  }
  return certificates;
}

bool is_authority(const Certificate& certificate) { return certificate.name.ends_with("ca.crt"); }

std::vector<Certificate> certificates_of(const host::Host& host, const std::string& node) {
  std::vector<Certificate> certificates = kubeadm_certificates(host, node, std::string(kFolder));
  certificates.push_back(certificate(node, kKubeletClient, host.read(kKubeletClient).value_or("")));
  return certificates;
}

std::string user_text_at(const host::Host& host, std::string_view kubeconfig, std::string_view key) {
  return text_at(host, kubeconfig, "users", "user", key);
}

std::string server_of(const host::Host& host, std::string_view kubeconfig) {
  constexpr std::string_view kScheme = "https://";
  const std::string server = text_at(host, kubeconfig, "clusters", "cluster", "server");
  return server.starts_with(kScheme) ? server.substr(kScheme.size()) : std::string();
}

}  // namespace bundle::survey
