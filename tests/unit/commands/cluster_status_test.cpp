#include "commands/cluster_status.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "support/thrown.hpp"
#include "unit/commands/master.hpp"

namespace bundle::commands {
namespace {

using test::holds;
using test::thrown_by;

}  // namespace

TEST_CASE_FIXTURE(Master, "a cluster that is well is a table of all that was seen") {
  cluster_status(session);
  const std::string text = printed();
  CAPTURE(text);
  CHECK(holds(text, "the cluster at https://10.0.0.100:6553, made by site 2026.11.0, as seen from m1\n"));
  CHECK(holds(text, "\nm2    control-plane  Ready  v1.34.3  10.0.0.6  all there\n"));
  CHECK(holds(text, "\nw1    -              Ready  v1.34.3  10.0.0.9  all there\n"));
  CHECK(holds(text, "\nm2    started, leader\n"));
  CHECK(holds(text, "\nvirtual address 10.0.0.100: m2 (52:54:00:00:00:06)\n"));
  CHECK(holds(text, "\nmetallb     0.16.1   well\n"));
  CHECK(holds(text, "/etc/kubernetes/pki/ca.crt "));
  CHECK(text.ends_with("\nall is well\n"));
}

TEST_CASE_FIXTURE(Master, "what is wrong is printed with what to do, then the exit code is 8") {
  world.kubectl.nodes["w1"].is_ready = false;
  world.network.on_link.erase("10.0.0.100");
  world.ctr.images.erase("registry.k8s.io/pause:3.10.1");
  const Error error = thrown_by([&] { cluster_status(session); });
  CHECK(error.kind() == ErrorKind::step);
  const std::string text = printed();
  CAPTURE(text);
  CHECK(holds(text, "1 lacking"));
  CHECK(holds(text, "virtual address 10.0.0.100: nobody has it\n"));
  CHECK(holds(text, "wrong    node w1 is not Ready: KubeletNotReady: container runtime is down\n"));
  CHECK(holds(text, "         there: journalctl -u kubelet; here: kubectl describe node w1\n"));
  CHECK_FALSE(holds(text, "all is well"));
}

TEST_CASE_FIXTURE(Master, "what could not be seen is said to be unknown") {
  world.kubectl.nodes["w1"].images.clear();
  world.network.gateway = "10.0.0.1";
  cluster_status(session);
  const std::string text = printed();
  CAPTURE(text);
  CHECK(holds(text, "10.0.0.9  unknown\n"));
  CHECK(holds(text, "virtual address 10.0.0.100: unknown who has it\n"));
  CHECK(holds(text, "unknown  owner of 10.0.0.100: 10.0.0.100 lies behind the router 10.0.0.1"));
}

TEST_CASE_FIXTURE(Master, "JSON has the same, and null for what is unknown") {
  session.output = OutputFormat::json;
  world.kubectl.nodes["w1"].images.clear();
  cluster_status(session);
  const json::Value seen = json::parse(printed(), "status");
  const json::Array& nodes = json::rows_at(seen, "nodes");
  REQUIRE(nodes.size() == 3);
  CHECK(json::text_at(nodes[0], "name") == "m1");
  CHECK(json::flag_at(nodes[0], "ready"));
  CHECK(json::member_at(nodes[0], "images-lacking") == json::Value(json::Array{}));
  CHECK(json::member_at(nodes[2], "images-lacking").is_null());
  CHECK(json::rows_at(seen, "etcd").size() == 2);
  CHECK(json::text_at(json::rows_at(json::member_at(seen, "vip"), "owners").front(), "node") == "m2");
  CHECK(json::rows_at(seen, "certificates").size() == 15);
  CHECK(json::rows_at(seen, "wrong").empty());
  CHECK(json::rows_at(seen, "unknown").size() == 1);

  world.kubectl.is_api_ready = false;
  thrown_by([&] { cluster_status(session); });
  const json::Value dark = json::parse(printed(), "status");
  CHECK(json::member_at(dark, "nodes").is_null());
  CHECK(json::member_at(dark, "etcd").is_null());
  CHECK(json::rows_at(dark, "wrong").size() == 1);
}

}  // namespace bundle::commands
