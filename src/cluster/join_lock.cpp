#include "cluster/join_lock.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kNamespace = "bundle-system";
constexpr std::string_view kName = "join";
constexpr std::int64_t kLeaseSeconds = 900;
constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;

std::string leases() { return fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", kNamespace); }
std::string own_lease() { return fmt::format("{}/{}", leases(), kName); }

[[noreturn]] void fail_answer(std::string_view doing, const ApiAnswer& answer) {
  constexpr std::size_t kShownBytes = 300;
  fail(ErrorKind::step, "cannot {}: {}", doing,
       answer.status == 0
           ? answer.error
           : fmt::format("the API server answers {}: {}", answer.status, escaped(answer.body, kShownBytes)));
}

/// Source: https://kubernetes.io/docs/concepts/architecture/leases/
json::Object lease_of(const std::string& node, std::int64_t now, const std::string& version) {
  // MicroTime wants the fraction.
  const std::string time = replace_all(format_utc(now), "Z", ".000000Z");
  json::Object metadata{{"name", kName}, {"namespace", kNamespace}};
  if (!version.empty()) {
    metadata["resourceVersion"] = version;  // a change by another one in between is a conflict
  }
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", std::move(metadata)},
          {"spec", json::Object{{"holderIdentity", node},
                                {"leaseDurationSeconds", kLeaseSeconds},
                                {"acquireTime", time},
                                {"renewTime", time}}}};
}

struct Held {
  std::string holder;
  std::string version;
  bool is_over = false;
};

/// Nothing: there is no lease.
std::optional<Held> look(const ApiClient& api, std::int64_t now) {
  const ApiAnswer answer = api.get(own_lease());
  if (answer.status == kNotFound) {
    return std::nullopt;
  }
  if (answer.status != kOk) {
    fail_answer("see whose turn it is", answer);
  }
  const json::Value lease = json::parse(answer.body, "the lease of who joins", ErrorKind::step);
  const json::Value& spec = json::member_at(lease, "spec");
  Held held{.holder = json::text_at(spec, "holderIdentity"),
            .version = json::text_at(json::member_at(lease, "metadata"), "resourceVersion")};
  const std::string renewed = json::text_at(spec, "renewTime");
  const std::optional<std::int64_t> since = parse_utc(renewed.substr(0, renewed.find('.')) + "Z");
  // By the clock of the one who asked, which the API server's is where it says it.
  held.is_over = !since || answer.date.value_or(now) - *since > kLeaseSeconds;
  return held;
}

}  // namespace

std::string join_lock_manifest() {
  const json::Object place{{"name", "bundle-join"}, {"namespace", kNamespace}};
  const json::Object space{
      {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", kNamespace}}}};
  const json::Object role{
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "Role"},
      {"metadata", place},
      {"rules", json::Array{json::Object{{"apiGroups", json::Array{"coordination.k8s.io"}},
                                         {"resources", json::Array{"leases"}},
                                         {"verbs", json::Array{"get", "create", "update", "delete"}}}}}};
  const json::Object binding{
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "RoleBinding"},
      {"metadata", place},
      {"roleRef",
       json::Object{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "bundle-join"}}},
      {"subjects", json::Array{json::Object{{"apiGroup", "rbac.authorization.k8s.io"},
                                            {"kind", "Group"},
                                            {"name", "system:bootstrappers:kubeadm:default-node-token"}}}}};
  return json::pretty(
      json::Object{{"apiVersion", "v1"}, {"kind", "List"}, {"items", json::Array{space, role, binding}}});
}

void let_masters_take_turns(const host::Host& host) {
  run_checked(host.runner, {.argv = kubectl({"apply", "--server-side", "--force-conflicts", "-f", "-"}),
                            .input = join_lock_manifest()});
}

std::optional<std::string> joining_node(const ApiClient& api, std::int64_t now) {
  const std::optional<Held> held = look(api, now);
  return held && !held->is_over ? std::optional(held->holder) : std::nullopt;
}

JoinLock::JoinLock(const host::Host& host, const ApiClient& api, std::string node,
                   std::chrono::seconds patience)
    : host_(host), api_(api), node_(std::move(node)) {
  std::optional<std::string> other = take();
  if (other) {
    host_.log.warn(
        fmt::format("the master {} is joining or renewing now; this one waits for it", escaped(*other)));
  }
  // Whoever renews restarts its API server: an answer may be missing now and then.
  const auto is_taken = [&] {
    try {
      other = take();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::step) {
        throw;
      }
      host_.log.detail(error.message());
    }
    return !other;
  };
  if (other && !host_.wait_until(is_taken, patience)) {
    throw Error(ErrorKind::step, fmt::format("the master {} is still joining or renewing", escaped(*other)),
                fmt::format("look at {} first; when it has given up, its place is free after {} minutes",
                            escaped(*other), kLeaseSeconds / 60));
  }
}

std::optional<std::string> JoinLock::take() const {
  const std::optional<Held> held = look(api_, host_.now());
  if (held && held->holder != node_ && !held->is_over) {
    return held->holder;
  }
  const std::string body =
      json::canonical(lease_of(node_, host_.now(), held ? held->version : std::string()));
  const ApiAnswer answer = held ? api_.ask("PUT", own_lease(), body) : api_.ask("POST", leases(), body);
  if (answer.status == kOk || answer.status == kCreated) {
    return std::nullopt;
  }
  if (answer.status != kConflict) {
    fail_answer("say that it is this master's turn", answer);
  }
  return "another one";  // it was quicker; the next look says which
}

JoinLock::~JoinLock() {
  try {
    api_.ask("DELETE", own_lease());
  } catch (...) {  // whatever it is must not leave a destructor
    host_.log.warn("the lease of who joins could not be given back; it ends by itself");
  }
}

}  // namespace bundle::cluster
