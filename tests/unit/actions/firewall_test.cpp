#include "actions/firewall.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"

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

}  // namespace bundle::actions
