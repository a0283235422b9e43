#include <algorithm>
#include <chrono>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cluster/api_client.hpp"
#include "cluster/control_plane.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/discovery.hpp"
#include "cluster/join_lock.hpp"
#include "cluster/kubeadm_join.hpp"
#include "preflight/inspection.hpp"
#include "signing/cipher.hpp"

// Whether the join file, the site file, the bundle and the cluster that is there belong together, and whether
// the cluster would take this host now.
namespace bundle::preflight {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
/// kubeadm dates certificates back by five minutes. Source: kubeadm's CertificateBackdate.
constexpr std::int64_t kSkewSeconds = 300;
constexpr std::int64_t kSmallSkewSeconds = 10;

std::string renew(const Inspection& look) {
  return fmt::format("on a master: bundle join-info --role {}, and bring what it makes",
                     look.is_master() ? "master" : look.join->role);
}

void check_end(Inspection& look) {
  const std::int64_t now = look.host.now();
  if (now >= look.join->expires) {
    look.error("join-expired",
               fmt::format("{} expired on {}; by this host's clock it is {}", look.join->file.string(),
                           format_utc(look.join->expires), format_utc(now)),
               renew(look));
  }
}

void check_role(Inspection& look) {
  if (look.is_master() && look.join->role != "master") {
    look.error("join-role",
               fmt::format("{} is for the role {}, and {} becomes a master", look.join->file.string(),
                           look.join->role, look.node.name),
               "on a master: bundle join-info --role master, and bring both files");
  } else if (look.is_master() && look.certificate_key.empty()) {
    look.error("no-join-key",
               "a master needs the key of the control plane's certificates beside the join file",
               "--join-key JOIN.key, which bundle join-info made beside it");
  }
}

void check_bundle(Inspection& look) {
  const format::Component* kubernetes = look.component("kubernetes");
  const std::string version = kubernetes == nullptr ? "none" : kubernetes->version;
  if (version != look.join->kubernetes) {
    look.error("join-other-kubernetes",
               fmt::format("the cluster has Kubernetes {}, this bundle {}", look.join->kubernetes, version),
               "use the stick that the cluster was made from");
  } else if (look.index_sha256 != look.join->index_sha256) {
    look.error(
        "join-other-bundle",
        fmt::format("the cluster was made from {} {}, with another index (SHA-256 {}) than {} {} here",
                    look.join->bundle_name, look.join->bundle_version, look.join->index_sha256,
                    look.index.name, look.index.version),
        "use the stick that the cluster was made from, or install this one on the first master as well");
  }
}

void check_site(Inspection& look) {
  const spec::Join& join = *look.join;
  const std::string endpoint = endpoint_of(look.site, look.node);
  const auto check = [&](const char* key, const std::string& here, const std::string& there) {
    if (here != there && !look.site.file.empty()) {
      look.error("join-other-cluster",
                 fmt::format("cluster.{} is {} in {}, and {} in {}", key, here, look.site.file.string(),
                             there, join.file.string()),
                 "bring the site file and the join file of one and the same cluster");
    }
  };
  check("name", look.site.cluster_name, join.cluster_name);
  check("endpoint", endpoint, join.endpoint);
  check("podSubnet", look.site.pod_subnet, join.pod_subnet);
  check("serviceSubnet", look.site.service_subnet, join.service_subnet);
}

void check_skew(Inspection& look, const std::optional<std::int64_t>& date) {
  if (!date) {
    return;
  }
  const std::int64_t skew = look.host.now() - *date;
  const std::string seen = fmt::format("this host's clock is {} s {} the cluster's", std::abs(skew),
                                       skew < 0 ? "behind" : "ahead of");
  const std::string fix = fmt::format(
      "date -s '{}' && hwclock --systohc; or a time server of the site: chronyc makestep", format_utc(*date));
  if (std::abs(skew) >= kSkewSeconds) {
    look.error("join-clock", seen + ", more than certificates bear", fix);
  } else if (std::abs(skew) >= kSmallSkewSeconds) {
    look.warning("join-clock", seen, fix);
  }
}

void put_fault(Inspection& look, const cluster::Discovery& found) {
  using Fault = cluster::Discovery::Fault;
  const std::string& endpoint = look.join->endpoint;
  switch (found.fault) {
    case Fault::none:
      return;
    case Fault::unreachable:
      look.error(
          "join-unreachable", fmt::format("no API server answers at https://{}: {}", endpoint, found.seen),
          fmt::format("a master must run, and this host must reach it: curl -k https://{}/readyz", endpoint));
      return;
    case Fault::no_cluster:
      look.error("join-unreachable",
                 fmt::format("what answers at https://{} is not the API of a cluster that can be joined: {}",
                             endpoint, found.seen),
                 "look at haproxy and the API servers: kubectl get --raw /readyz on a master");
      return;
    case Fault::other_ca:
      look.error("join-other-ca",
                 fmt::format("what answers at https://{} is another cluster: {}", endpoint, found.seen),
                 "find out who answers there; if the cluster was made anew: " + renew(look));
      return;
    case Fault::unknown_token:
    case Fault::wrong_token:
      look.error("join-token",
                 fmt::format("the cluster at https://{} does not take the token of {}: {}", endpoint,
                             look.join->file.string(), found.seen),
                 renew(look));
  }
}

/// This host may have been that node before: its undo cannot tell the cluster.
bool is_of_this_machine(const Inspection& look, const std::string& node) {
  const json::Value document = json::parse(node, "the node of this name", ErrorKind::step);
  const json::Value& info = json::member_at(json::member_at(document, "status"), "nodeInfo");
  const std::string own = look.host.read("/etc/machine-id").value_or("");
  return !own.empty() && json::text_at(info, "machineID") == own;
}

void check_name(Inspection& look, const cluster::ApiClient& api) {
  const cluster::ApiAnswer answer = api.get("/api/v1/nodes/" + look.node.name);
  if (answer.status == kOk && !is_of_this_machine(look, answer.body)) {
    look.error(
        "join-name-taken", fmt::format("the cluster has a node {} already", look.node.name),
        fmt::format(
            "give this host another name in the site file; or, if that node was this host and is gone: "
            "on a master: bundle forget {}",
            look.node.name));
  }
}

/// Whether the certificates are there, and this key opens them.
void check_certificates(Inspection& look, const cluster::ApiClient& api) {
  const cluster::ApiAnswer answer = api.get("/api/v1/namespaces/kube-system/secrets/kubeadm-certs");
  const std::string fix = "on a master: bundle join-info --role master, and bring both files";
  if (answer.status == kNotFound) {
    look.error("join-key-expired",
               "the cluster no longer keeps the control plane's certificates for joining masters (two hours)",
               fix);
    return;
  }
  if (answer.status != kOk) {
    look.warning("join-key-untried",
                 fmt::format("the control plane's certificates could not be asked for: {}",
                             answer.status == 0 ? answer.error : fmt::format("HTTP {}", answer.status)),
                 "go on: kubeadm asks again");
    return;
  }
  const json::Value secret = json::parse(answer.body, "kubeadm-certs", ErrorKind::step);
  const std::string sealed =
      base64_decode(json::text_at(json::member_at(secret, "data"), "ca.crt")).value_or("");
  const std::string key = signing::from_hex(look.certificate_key);
  if (key.size() != signing::kAesKeyBytes || !signing::decrypt(sealed, key, "")) {
    look.error(
        "join-other-key",
        "the certificates in the cluster were put there with another key: a later join-info replaces it",
        fix);
  }
}

void check_turn(Inspection& look, const cluster::ApiClient& api) {
  const std::optional<std::string> other = cluster::joining_node(api, look.host.now());
  if (other && *other != look.node.name) {
    look.error("join-busy", fmt::format("the master {} is joining now; one joins at a time", escaped(*other)),
               fmt::format("wait until the installation on {} has ended, then run the same command again",
                           escaped(*other)));
  }
}

bool has_errors(const Inspection& look) {
  return std::any_of(look.found.begin(), look.found.end(), [](const Check& check) {
    return check.severity == Severity::error && check.id.find("join-") != std::string::npos;
  });
}

/// After a join that was cut off, the others may have no majority until etcd has started on this host again.
cluster::Discovery discover(const Inspection& look) {
  cluster::Discovery found = cluster::discover(look.host, *look.join);
  if (cluster::has_etcd_data(look.host)) {
    look.host.wait_until(
        [&] {
          found = cluster::discover(look.host, *look.join);
          return found.fault != cluster::Discovery::Fault::unreachable &&
                 found.fault != cluster::Discovery::Fault::no_cluster;
        },
        cluster::kApiPatience);
  }
  return found;
}

void ask_cluster(Inspection& look) {
  const cluster::Discovery found = discover(look);
  put_fault(look, found);
  check_skew(look, found.date);
  if (found.fault != cluster::Discovery::Fault::none || has_errors(look)) {
    return;
  }
  const cluster::ApiClient api(look.host, look.join->endpoint, found.ca_pem, look.join->token);
  check_name(look, api);
  if (look.is_master()) {
    check_certificates(look, api);
    check_turn(look, api);
  }
}

void check_join(Inspection& look) {
  if (!look.joins || cluster::has_joined(look.host)) {
    return;
  }
  if (look.join == nullptr) {
    look.error(
        "no-join-file",
        fmt::format("{} joins a cluster that is there, and no join file was given", look.node.name),
        fmt::format("on a master: bundle join-info --role {}; bring what it makes, and add --join join.yml",
                    *look.node.roles.begin()));
    return;
  }
  check_end(look);
  check_role(look);
  check_bundle(look);
  check_site(look);
  if (!has_errors(look)) {
    ask_cluster(look);
  }
}

/// The first master of a site makes its cluster; there must be none yet.
void check_first_master(Inspection& look) {
  if (look.joins || look.resuming || look.site.nodes.size() < 2) {
    return;
  }
  const std::string endpoint = endpoint_of(look.site, look.node);
  if (cluster::ApiClient(look.host, endpoint).get("/readyz").status != 0) {
    look.error(
        "cluster-exists",
        fmt::format("an API server answers at https://{} already: this host would make a second cluster",
                    endpoint),
        "to join it: bundle join-info --role master on a master, then here with --join join.yml --join-key "
        "JOIN.key");
  }
}

}  // namespace

std::vector<NamedCheck> join_checks() {
  return {{"the join file, and the cluster", check_join}, {"the cluster of the site", check_first_master}};
}

}  // namespace bundle::preflight
