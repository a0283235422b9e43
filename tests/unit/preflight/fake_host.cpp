#include "fake_host.hpp"

namespace bundle::preflight {

std::ostream& operator<<(std::ostream& out, const Check& check) {
  return out << to_string(check.severity) << ' ' << check.id << ": " << check.seen << " / " << check.fix;
}

}  // namespace bundle::preflight

namespace bundle::preflight::test {
namespace {

format::Image image(const std::string& ref) { return {.ref = "registry.k8s.io/" + ref}; }

format::Index healthy_index() {
  return {.name = "test",
          .version = "1.0",
          .target = "rocky-9.4",
          .arch = "x86_64",
          .created = "2026-11-21T20:00:00Z",
          .images = {image("coredns/coredns:v1.12.1"), image("etcd:3.6.5-0"), image("kube-apiserver:v1.34.3"),
                     image("kube-controller-manager:v1.34.3"), image("kube-proxy:v1.34.3"),
                     image("kube-scheduler:v1.34.3"), image("pause:3.10.1")},
          .components = {{.name = "kubernetes", .version = "v1.34.3"}}};
}

}  // namespace

Check error(std::string id, std::string seen, std::string fix) {
  return {std::move(id), Severity::error, std::move(seen), std::move(fix)};
}

Check warning(std::string id, std::string seen, std::string fix) {
  return {std::move(id), Severity::warning, std::move(seen), std::move(fix)};
}

FakeHost::FakeHost()
    : index(healthy_index()),
      node{.name = "node1",
           .address = "10.0.0.5",
           .interface = "eth0",
           .roles = {"master"},
           .schedulable_master = true} {}

std::vector<Check> FakeHost::found_by(const std::vector<NamedCheck>& checks) {
  Inspection inspection{.host = host,
                        .index = index,
                        .parts = nullptr,
                        .site = site,
                        .node = node,
                        .resuming = resuming,
                        .allow_no_gpu = allow_no_gpu,
                        .joins = joins,
                        .join = join_file ? &*join_file : nullptr,
                        .certificate_key = certificate_key,
                        .index_sha256 = index_sha256};
  run_checks(inspection, checks);
  return inspection.found;
}

Check FakeHost::only(const std::vector<NamedCheck>& checks) {
  const std::vector<Check> found = found_by(checks);
  return found.size() == 1 ? found.front() : Check{.id = fmt::format("{} findings", found.size())};
}

}  // namespace bundle::preflight::test
