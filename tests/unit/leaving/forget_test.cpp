#include "leaving/forget.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/thrown.hpp"
#include "unit/survey/surveyed.hpp"

namespace bundle::leaving {
namespace {

using test::holds;

/// m1 of a site of three masters and a worker, of which m3 (10.0.0.7) is dead.
struct Master : survey::test::Surveyed {
  Master() {
    world.kubectl.nodes["m3"] = world.kubectl.nodes["m2"];
    world.kubectl.nodes["m3"].address = "10.0.0.7";
    world.kubectl.nodes["m3"].is_ready = false;
    world.kubectl.etcd_members["m3"] = true;
    world.kubectl.silent_members = {"m3"};
    world.programs.on({"timeout", "3", "bash"}, [this](const Command& command) {
      const std::string place = command.argv[6] + ":" + command.argv[7];
      asked += place + " ";
      return CommandResult{.status = place == listening ? 0 : 1};
    });
    host.host.steady = [this] { return now_ += std::chrono::seconds(20); };
  }
  std::string forget(const std::string& node) { return join(leaving::forget(host.host, node), ", "); }
  Error refused(const std::string& node) {
    const std::string before = world.snapshot();
    Error error = test::thrown_by([&] { forget(node); });
    CHECK(world.snapshot() == before);
    CHECK(world.kubectl.etcd_members.size() == 3);
    return error;
  }

  std::string listening;  ///< ADDRESS:PORT
  std::string asked;

 private:
  std::chrono::steady_clock::time_point now_;
};

}  // namespace

TEST_CASE_FIXTURE(Master, "a dead master leaves etcd and the list of nodes, a second time there is nothing") {
  const std::string gone = forget("m3");
  CHECK(gone.starts_with("the member "));
  CHECK(gone.ends_with(" of etcd, the node m3"));
  CHECK_FALSE(world.kubectl.etcd_members.contains("m3"));
  CHECK_FALSE(world.kubectl.nodes.contains("m3"));
  CHECK(asked == "10.0.0.7:10250 10.0.0.7:6443 10.0.0.7:2379 10.0.0.7:2380 ");
  CHECK(forget("m3").empty());
  CHECK(forget("m33").empty());
  CHECK(world.unknown().empty());
}

TEST_CASE_FIXTURE(Master, "what a cut left is taken out: the node alone, the member alone") {
  SUBCASE("the node") {
    world.kubectl.etcd_members.erase("m3");
    CHECK(forget("m3") == "the node m3");
  }
  SUBCASE("the member") {
    world.kubectl.nodes.erase("m3");
    CHECK(forget("m3").ends_with(" of etcd"));
    CHECK_FALSE(world.kubectl.etcd_members.contains("m3"));
  }
}

TEST_CASE_FIXTURE(Master, "a host that answers, or reports to the API server, is not forgotten") {
  SUBCASE("its kubelet") {
    listening = "10.0.0.7:10250";
    CHECK(holds(refused("m3").message(), "m3 cannot be forgotten: its kubelet answers at 10.0.0.7:10250"));
  }
  SUBCASE("its etcd, at the address of the site file, though it is no node any more") {
    world.kubectl.nodes.erase("m2");
    listening = "10.0.0.6:2380";
    CHECK(holds(refused("m2").message(), "its etcd answers at 10.0.0.6:2380"));
  }
  SUBCASE("it reports") {
    world.kubectl.nodes["m3"].is_ready = true;
    const Error error = refused("m3");
    CHECK(error.kind() == ErrorKind::preflight);
    CHECK(holds(error.message(), "its kubelet reports to the API server"));
  }
}

TEST_CASE_FIXTURE(Master, "a node that has only just stopped is waited for") {
  world.kubectl.nodes["w1"].is_ready = true;
  std::size_t looks = 0;
  host.host.steady = [this, &looks] {
    world.kubectl.nodes["w1"].is_ready = ++looks < 3;
    return std::chrono::steady_clock::time_point();
  };
  CHECK(forget("w1") == "the node w1");
}

TEST_CASE_FIXTURE(Master, "the majority of those that stay must answer") {
  world.kubectl.silent_members = {"m2", "m3"};
  const Error error = refused("m3");
  CHECK(error.kind() == ErrorKind::preflight);
  CHECK(holds(error.message(), "of the 2 members that would stay (m1, m2), m2 does not answer"));
}

TEST_CASE_FIXTURE(Master, "who is asked has to be a master of a cluster that answers, and another host") {
  CHECK(refused("m1").hint() == "bundle undo --all");
  CHECK(refused("m1").kind() == ErrorKind::usage);
  CHECK(refused("M 3").kind() == ErrorKind::usage);
  world.kubectl.is_api_ready = false;
  CHECK(holds(refused("m3").message(), "no API server answers"));
  std::filesystem::remove(host.host.at("/etc/kubernetes/admin.conf"));
  CHECK(refused("m3").kind() == ErrorKind::preflight);
}

}  // namespace bundle::leaving
