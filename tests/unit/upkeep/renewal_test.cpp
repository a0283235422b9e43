#include "upkeep/renewal.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/thrown.hpp"
#include "unit/upkeep/master.hpp"
#include "upkeep/staged_certificates.hpp"

namespace bundle::upkeep {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::Master;

}  // namespace

TEST_CASE("certificates with less than 60 days are renewed, and whoever uses them restarted one by one") {
  Master master;
  CHECK(renew_certificates(master.host));
  CHECK(master.is_renewed());
  CHECK(join(master.restarted, " ") == "etcd kube-apiserver kube-controller-manager kube-scheduler");
  CHECK_FALSE(master.exists("/etc/kubernetes/renewal"));
  CHECK_FALSE(renew_certificates(master.host));
  CHECK(master.restarted.size() == 4);
}

TEST_CASE("with more days left nothing is done") {
  Master master;
  CHECK_FALSE(renew_certificates(master.host, 10));
  CHECK(master.is_old());
  CHECK(master.restarted.empty());
}

TEST_CASE("what kubeadm passes over fails the renewal before anything is changed") {
  Master master;
  master.has_ca_key = false;
  const Error error = thrown_by([&] { renew_certificates(master.host); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(),
              "kubeadm did not renew admin.conf, controller-manager.conf, pki/apiserver-etcd-client.crt"));
  CHECK(holds(error.hint(), "ca.key"));
  CHECK(master.is_old());
  CHECK(master.restarted.empty());
}

TEST_CASE("a copy that cannot be made leaves nothing behind") {
  Master master;
  master.programs.on({"cp"}, CommandResult{.status = 1, .out = "", .err = "cp: No space left on device"});
  CHECK(holds(thrown_by([&] { renew_certificates(master.host); }).message(), "No space left"));
  CHECK(master.is_old());
}

TEST_CASE("where a component does not take its new certificate, all is as it was before") {
  for (const char* component : {"etcd", "kube-apiserver"}) {
    CAPTURE(component);
    Master master;
    master.bad.insert(component);
    const Error error = thrown_by([&] { renew_certificates(master.host); });
    CHECK(holds(error.message(), std::string(component) + " is not well"));
    CHECK(master.is_old());
  }
}

TEST_CASE("wherever a renewal is cut off, the next one finishes it") {
  Master whole;
  renew_certificates(whole.host);
  for (std::size_t cut = 0; cut < whole.commands; ++cut) {
    CAPTURE(cut);
    Master master;
    master.cut_at = cut;
    CHECK(thrown_by([&] { renew_certificates(master.host); }).kind() == ErrorKind::interrupted);
    master.cut_at = SIZE_MAX;
    renew_certificates(master.host);
    CHECK(master.is_renewed());
    CHECK_FALSE(master.exists("/etc/kubernetes/renewal"));
    CHECK_FALSE(master.exists("/etc/kubernetes/renewal.partial"));
  }
}

TEST_CASE("a host that is no master is told so") {
  Master master;
  std::filesystem::remove(master.host.at("/etc/kubernetes/manifests/kube-apiserver.yaml"));
  CHECK(thrown_by([&] { renew_certificates(master.host); }).kind() == ErrorKind::preflight);
}

}  // namespace bundle::upkeep
