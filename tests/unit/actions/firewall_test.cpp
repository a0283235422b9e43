#include "actions/firewall.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;

const FirewallOpenings kOpenings{
    .ports = {"6443/tcp", "8472/udp"}, .protocols = {"vrrp"}, .trusted_networks = {"10.244.0.0/16"}};

test::MakeAction opened() {
  return test::lawful([](FakeWorld&) { return open_firewall(kOpenings); }, undo_firewall);
}

}  // namespace

TEST_CASE("firewalld is opened lawfully, wherever it is cut off") {
  CHECK(test::check_laws(test::new_world, opened()) > 30);
}

TEST_CASE("what was open before stays open after an undo") {
  const auto world = [] {
    auto made = test::new_world();
    made->firewalld.permanent["public"] = {"port=6443/tcp", "service=ssh"};
    made->firewalld.reload();
    return made;
  };
  test::check_laws(world, opened());
}

TEST_CASE("where firewalld does not run nothing is asked of it, and nothing is kept for undo") {
  FakeWorld world;
  world.systemd.stop("firewalld.service");
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall(kOpenings);
  CHECK(action->is_done(context));
  CHECK(json::canonical(action->capture(context).before) == R"({"added":[]})");
  undo_firewall(
      host.host,
      {.type = "firewall", .key = "firewalld", .before = {{"added", json::Array{"--add-port=1/tcp"}}}});
  for (const std::string& command : world.programs.ran()) {
    CHECK(command.find("firewall-cmd") == std::string::npos);
  }
}

TEST_CASE("where firewalld does not run, openings of another bundle do not fail") {
  FakeWorld world;
  world.systemd.stop("firewalld.service");
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall(kOpenings);
  CHECK_NOTHROW(action->apply(context));  // as it is called where the inputs are others
  CHECK_NOTHROW(action->verify(context));
  CHECK(world.firewalld.permanent["public"].empty());
}

TEST_CASE("undo closes what was opened, and nothing that was open before or that others opened since") {
  FakeWorld world;
  world.firewalld.permanent["public"] = {"port=6443/tcp"};
  world.firewalld.reload();
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall(kOpenings);
  const steps::Change change = action->capture(context);
  CHECK(json::canonical(change.before) ==
        R"({"added":["--add-port=8472/udp","--add-protocol=vrrp",)"
        R"("--zone=trusted --add-source=10.244.0.0/16","--add-masquerade"]})");
  action->apply(context);
  world.firewalld.permanent["public"].insert("service=http");
  undo_firewall(host.host, change);
  CHECK(world.firewalld.permanent["public"] == std::set<std::string>{"port=6443/tcp", "service=http"});
  CHECK(world.firewalld.runtime["public"] == std::set<std::string>{"port=6443/tcp", "service=http"});
  CHECK(world.firewalld.permanent["trusted"].empty());
}

TEST_CASE("undo with nothing to close does not reload: what others have only loaded stays") {
  FakeWorld world;
  test::WorldHost host(world);
  world.firewalld.runtime["public"] = {"port=1/tcp"};
  undo_firewall(host.host, {.type = "firewall", .key = "firewalld", .before = {{"added", json::Array()}}});
  CHECK(world.firewalld.runtime["public"].contains("port=1/tcp"));
  CHECK(world.programs.ran().empty());
}

TEST_CASE("a port that is loaded but not kept is not open for good") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall({.ports = {"1/tcp"}, .protocols = {}, .trusted_networks = {}});
  world.firewalld.runtime["public"] = {"port=1/tcp", "masquerade"};
  world.firewalld.permanent["public"] = {"masquerade"};
  CHECK_FALSE(action->is_done(context));
  CHECK(json::canonical(action->capture(context).before) == R"({"added":["--add-port=1/tcp"]})");
  action->apply(context);
  CHECK(world.firewalld.permanent["public"].contains("port=1/tcp"));
}

TEST_CASE("openings without firewalld's masquerade are not done") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.firewalld.permanent["public"] = {"port=1/tcp"};
  world.firewalld.reload();
  CHECK_FALSE(open_firewall({.ports = {"1/tcp"}, .protocols = {}, .trusted_networks = {}})->is_done(context));
}

TEST_CASE("a zone that cannot be changed is an error with firewalld's words") {
  FakeWorld world;
  world.firewalld.permanent.erase("trusted");
  test::WorldHost host(world);
  steps::Context context(host.host);
  const Error error = test::thrown_by([&] { open_firewall(kOpenings)->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "INVALID_ZONE: trusted"));
}

TEST_CASE("ports that are kept but not loaded are not open") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall(kOpenings);
  world.firewalld.permanent["public"] = {"port=6443/tcp", "port=8472/udp", "protocol=vrrp", "masquerade"};
  world.firewalld.permanent["trusted"] = {"source=10.244.0.0/16"};
  CHECK_FALSE(action->is_done(context));
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(world.firewalld.runtime["public"].contains("port=8472/udp"));
}

TEST_CASE("the openings are the action's inputs") {
  CHECK(
      json::canonical(open_firewall(kOpenings)->inputs()) ==
      R"({"firewall":["--add-port=6443/tcp","--add-port=8472/udp","--add-protocol=vrrp"],"trusted":["--add-source=10.244.0.0/16"]})");
}

TEST_CASE("openings in another order or zone are other inputs, and a plan shows each command") {
  const auto inputs = [](std::vector<std::string> ports, std::vector<std::string> trusted) {
    return open_firewall({.ports = std::move(ports), .protocols = {}, .trusted_networks = std::move(trusted)})
        ->inputs();
  };
  CHECK(inputs({"1/tcp"}, {}) == inputs({"1/tcp"}, {}));
  CHECK(inputs({"1/tcp"}, {}) != inputs({"1/udp"}, {}));
  CHECK(inputs({}, {"10.0.0.0/8"}) != inputs({}, {"10.0.0.0/9"}));
  CHECK(open_firewall(kOpenings)->describe() ==
        "where firewalld runs:\n"
        "firewall-cmd --permanent --add-port=6443/tcp\n"
        "firewall-cmd --permanent --add-port=8472/udp\n"
        "firewall-cmd --permanent --add-protocol=vrrp\n"
        "firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16\n"
        "firewall-cmd --permanent --add-masquerade\n"
        "firewall-cmd --reload\n");
}

}  // namespace bundle::actions
