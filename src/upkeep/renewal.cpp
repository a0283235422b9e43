#include "upkeep/renewal.hpp"

#include <optional>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/join_lock.hpp"
#include "cluster/kubectl.hpp"
#include "host/facts.hpp"
#include "survey/certificates.hpp"
#include "upkeep/staged_certificates.hpp"
#include "upkeep/static_pods.hpp"

namespace bundle::upkeep {
namespace {

constexpr auto kTurnPatience = std::chrono::minutes(30);
constexpr std::string_view kManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/// This master's turn among all. A single one, and one whose cluster does not answer, needs none.
class Turn {
 public:
  explicit Turn(const host::Host& host) {
    const CommandResult masters =
        host.ask(cluster::kubectl({"get", "nodes", "-l", "node-role.kubernetes.io/control-plane", "-o",
                                   "name", "--request-timeout=15s"}));
    if (masters.status != 0 || split_words(masters.out).size() < 2) {
      return;
    }
    cluster::let_masters_take_turns(host);
    api_.emplace(host, survey::server_of(host, cluster::kAdminConf),
                 host.read("/etc/kubernetes/pki/ca.crt").value_or(""), administrator(host));
    lock_.emplace(host, *api_, lower(host::host_name(host)), kTurnPatience);
  }

 private:
  static cluster::ClientCertificate administrator(const host::Host& host) {
    const auto text = [&](std::string_view key) {
      return base64_decode(survey::user_text_at(host, cluster::kAdminConf, key)).value_or("");
    };
    return {.certificate = text("client-certificate-data"), .key = text("client-key-data")};
  }

  std::optional<cluster::ApiClient> api_;
  std::optional<cluster::JoinLock> lock_;
};

void use_renewed(const host::Host& host) {
  put_into_use(host, Stage::renewed);
  restart_control_plane(host);
  wait_for_own_api(host);
}

/// After a renewal that the control plane does not take.
void go_back(const host::Host& host, Error& fault) {
  host.log.warn("the renewed certificates do not serve; those from before come back");
  try {
    put_into_use(host, Stage::former);
    restart_control_plane(host);
    discard_stage(host);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    fault.add_context("the certificates from before were put into use again, and then: " + error.message());
  }
}

}  // namespace

bool renew_certificates(const host::Host& host, std::int64_t days) {
  if (!host.exists(kManifest)) {
    throw Error(ErrorKind::preflight, fmt::format("there is no {}: this host is no master", kManifest),
                "run it on a master");
  }
  if (!is_staged(host) && due_certificates(host, days).empty()) {
    return false;
  }
  const Turn turn(host);
  if (!is_staged(host)) {
    stage_renewal(host);
  }
  try {
    use_renewed(host);
  } catch (Error& fault) {
    if (fault.kind() == ErrorKind::interrupted) {
      throw;  // the next run goes on
    }
    go_back(host, fault);
    throw;
  }
  renew_kubeconfig_of_root(host);
  discard_stage(host);
  return true;
}

}  // namespace bundle::upkeep
