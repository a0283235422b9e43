#include <doctest/doctest.h>

#include "base/text.hpp"
#include "fake_host.hpp"
#include "signing/cipher.hpp"
#include "support/fakes/api.hpp"
#include "support/test_ca.hpp"

namespace bundle::preflight {
namespace {

using test::FakeHost;

const std::string kKey(64, 'a');
const std::string kDate = "Sat, 21 Nov 2026 20:00:00 GMT";

/// A host that is to become a further master, and everything in order.
struct JoiningHost : FakeHost {
  JoiningHost() {
    node.name = "m2";
    node.address = "10.0.0.6";
    index_sha256 = std::string(64, 'c');
    joins = true;
    certificate_key = kKey;
    join_file = spec::Join{.file = "join.yml",
                           .role = "master",
                           .cluster_name = "kubernetes",
                           .cluster_id = "11111111-2222-3333-4444-555555555555",
                           .endpoint = "10.0.0.5:6443",
                           .pod_subnet = site.pod_subnet,
                           .service_subnet = site.service_subnet,
                           .ca_pins = {std::string(bundle::test::kCaPin)},
                           .token = "abcdef.0123456789abcdef",
                           .expires = *parse_utc("2026-11-21T22:00:00Z"),
                           .kubernetes = "v1.34.3",
                           .bundle_name = "test",
                           .bundle_version = "1.0",
                           .index_sha256 = index_sha256};
    site.file = "site.yml";
    site.endpoint = "10.0.0.5:6443";
    now = *parse_utc("2026-11-21T20:00:01Z");
    api.is_up = true;
    api.date = kDate;
    api.ca_pem = std::string(bundle::test::kCaPem);
    api.sealed_ca = signing::encrypt("the CA", signing::from_hex(kKey), "");
    api.machine_ids = {{"m1", "1"}};
    api.answer(runner);
    put("/etc/machine-id", "2\n");
  }

  /// `ID, ID` of what is found, errors in capitals.
  std::string ids() {
    std::vector<std::string> words;
    for (const Check& check : found_by(join_checks())) {
      CHECK_FALSE(check.fix.empty());
      words.push_back(check.severity == Severity::error ? upper(check.id) : check.id);
    }
    return join(words, ", ");
  }
  bool has_asked() const { return !api.asked.empty(); }

  bundle::test::FakeApi api;
};

TEST_CASE_FIXTURE(JoiningHost,
                  "a host that fits finds nothing, and asks with the token only a cluster it knows") {
  CHECK(ids() == "");
  CHECK(join(api.asked, "\n") ==
        "GET /api/v1/namespaces/kube-public/configmaps/cluster-info\n"
        "GET /api/v1/nodes/m2 with token\n"
        "GET /api/v1/namespaces/kube-system/secrets/kubeadm-certs with token\n"
        "GET /apis/coordination.k8s.io/v1/namespaces/bundle-system/leases/join with token");
}

TEST_CASE_FIXTURE(JoiningHost, "what the files say is looked at before anybody is asked") {
  SUBCASE("no join file") {
    join_file.reset();
    CHECK(ids() == "NO-JOIN-FILE");
  }
  SUBCASE("expired") {
    now = join_file->expires;
    CHECK(ids() == "JOIN-EXPIRED");
  }
  SUBCASE("of a worker") {
    join_file->role = "worker";
    CHECK(ids() == "JOIN-ROLE");
  }
  SUBCASE("without its key") {
    certificate_key.clear();
    CHECK(ids() == "NO-JOIN-KEY");
  }
  SUBCASE("another Kubernetes") {
    join_file->kubernetes = "v1.33.1";
    CHECK(ids() == "JOIN-OTHER-KUBERNETES");
  }
  SUBCASE("another bundle") {
    join_file->index_sha256 = std::string(64, 'd');
    CHECK(ids() == "JOIN-OTHER-BUNDLE");
  }
  SUBCASE("another cluster") {
    join_file->endpoint = "10.0.0.7:6443";
    join_file->pod_subnet = "10.50.0.0/16";
    CHECK(ids() == "JOIN-OTHER-CLUSTER, JOIN-OTHER-CLUSTER");
  }
  CHECK_FALSE(has_asked());
}

TEST_CASE_FIXTURE(JoiningHost, "what the cluster says is told with the command that mends it") {
  SUBCASE("nobody answers") {
    api.is_up = false;
    CHECK(ids() == "JOIN-UNREACHABLE");
  }
  SUBCASE("another CA") {
    join_file->ca_pins = {"sha256:" + std::string(64, '0')};
    CHECK(ids() == "JOIN-OTHER-CA");
  }
  SUBCASE("no such token") {
    api.token.clear();
    CHECK(ids() == "JOIN-TOKEN");
  }
  SUBCASE("a name that another machine has") {
    api.machine_ids["m2"] = "3";
    CHECK(ids() == "JOIN-NAME-TAKEN");
  }
  SUBCASE("a name that this machine had before it was undone") {
    api.machine_ids["m2"] = "2";
    CHECK(ids() == "");
  }
  SUBCASE("certificates that are gone") {
    api.sealed_ca.clear();
    CHECK(ids() == "JOIN-KEY-EXPIRED");
  }
  SUBCASE("certificates under another key") {
    api.sealed_ca = signing::encrypt("the CA", signing::from_hex(std::string(64, 'b')), "");
    CHECK(ids() == "JOIN-OTHER-KEY");
  }
  SUBCASE("another master in between") {
    api.lease = {.holder = "m3", .renewed = "2026-11-21T19:59:00.000000Z"};
    CHECK(ids() == "JOIN-BUSY");
  }
  SUBCASE("another master that never came to its end") {
    api.lease = {.holder = "m3", .renewed = "2026-11-21T19:40:00.000000Z"};
    CHECK(ids() == "");
  }
  SUBCASE("a clock that is an hour off, either way") {
    api.date = "Sat, 21 Nov 2026 21:00:00 GMT";
    CHECK(ids() == "JOIN-CLOCK");
    api.date = "Sat, 21 Nov 2026 19:00:00 GMT";
    CHECK(ids() == "JOIN-CLOCK");
  }
  SUBCASE("a clock that is a little off") {
    api.date = "Sat, 21 Nov 2026 20:00:30 GMT";
    CHECK(ids() == "join-clock");
  }
}

TEST_CASE_FIXTURE(JoiningHost, "a worker needs no key, and a node that has joined is not asked again") {
  SUBCASE("worker") {
    node.roles = {"worker"};
    join_file->role = "worker";
    certificate_key.clear();
    api.sealed_ca.clear();
    CHECK(ids() == "");
  }
  SUBCASE("joined") {
    join_file.reset();
    put("/etc/kubernetes/kubelet.conf", "kind: Config\n");
    CHECK(ids() == "");
    CHECK_FALSE(has_asked());
  }
}

TEST_CASE_FIXTURE(JoiningHost, "a first master finds no cluster at its endpoint") {
  joins = false;
  join_file.reset();
  site.nodes = {{.name = "m1", .address = "10.0.0.5", .roles = {"master"}},
                {.name = "m2", .address = "10.0.0.6", .roles = {"master"}}};
  CHECK(ids() == "CLUSTER-EXISTS");
  api.is_up = false;
  CHECK(ids() == "");
  api.is_up = true;
  resuming = true;
  CHECK(ids() == "");
}

}  // namespace
}  // namespace bundle::preflight
