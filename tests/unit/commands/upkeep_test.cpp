#include "commands/upkeep.hpp"

#include <doctest/doctest.h>

#include "host/state_folder.hpp"
#include "support/test_session.hpp"
#include "support/thrown.hpp"
#include "unit/upkeep/master.hpp"

namespace bundle::commands {
namespace {

using test::holds;
using test::thrown_by;

/// Passes on to a runner that somebody else owns.
class Passing final : public CommandRunner {
 public:
  explicit Passing(CommandRunner& to) : to_(to) {}
  CommandResult run(const Command& command) override { return to_.run(command); }

 private:
  CommandRunner& to_;
};

struct Upkept : upkeep::test::Master {
  Upkept() {
    session.root = host.root;
    session.runner = std::make_unique<Passing>(*this);
    session.now = host.now;
    session.steady = host.steady;
  }

  std::string out;
  Session session = test::make_session(out);
};

}  // namespace

TEST_CASE_FIXTURE(Upkept, "what a renewal could not do is kept until it can") {
  const std::string note = host::fault_path(host::kCertificatesUnit);
  has_ca_key = false;
  CHECK(thrown_by([&] { renew_certificates(session); }).kind() == ErrorKind::step);
  CHECK(holds(get(note), "kubeadm did not renew"));
  CHECK(holds(get(note), "(2026-11-28T"));
  has_ca_key = true;
  renew_certificates(session);
  CHECK_FALSE(exists(note));
  CHECK(out == "the certificates of this master are renewed, and in use\n");
  out.clear();
  renew_certificates(session);
  CHECK(out == "no certificate of kubeadm's ends within 60 days\n");
}

TEST_CASE_FIXTURE(Upkept, "etcd says which snapshot it took, and is told what to do") {
  etcd(session, {.action = "snapshot", .order = {.folder = "/data/etcd"}});
  CHECK(out.starts_with("/data/etcd/etcd-20261128T"));
  CHECK(thrown_by([&] { etcd(session, {.action = "snapshot", .order = {.keep = 0}}); }).kind() ==
        ErrorKind::usage);
  CHECK(thrown_by([&] { etcd(session, {.action = "snapshot", .file = "x"}); }).kind() == ErrorKind::usage);
  CHECK(thrown_by([&] { etcd(session, {.action = "restore"}); }).kind() == ErrorKind::usage);
  put("/some.db", upkeep::test::snapshot_bytes("data"));
  etcd(session, {.action = "restore", .file = "/some.db"});
  CHECK(get("/var/lib/etcd/member/snap/db") == "data of /some.db");
}

}  // namespace bundle::commands
