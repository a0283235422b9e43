#include "actions/firewall.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;

const FirewallOpenings kOpenings{.ports = {"6443/tcp", "8472/udp"},
                                 .protocols = {"vrrp"},
                                 .trusted_networks = {"10.244.0.0/16"},
                                 .interface = "eth0"};

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
  CHECK(json::canonical(action->capture(context).before) == R"({"ours":[]})");
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
        R"({"ours":["--zone=public --add-port=8472/udp","--zone=public --add-protocol=vrrp",)"
        R"("--zone=trusted --add-source=10.244.0.0/16","--zone=public --add-masquerade"]})");
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
  const auto action = open_firewall({.ports = {"1/tcp"}, .interface = "eth0"});
  world.firewalld.runtime["public"] = {"port=1/tcp", "masquerade"};
  world.firewalld.permanent["public"] = {"masquerade"};
  CHECK_FALSE(action->is_done(context));
  CHECK(json::canonical(action->capture(context).before) == R"({"ours":["--zone=public --add-port=1/tcp"]})");
  action->apply(context);
  CHECK(world.firewalld.permanent["public"].contains("port=1/tcp"));
}

TEST_CASE("openings without firewalld's masquerade are not done") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.firewalld.permanent["public"] = {"port=1/tcp"};
  world.firewalld.reload();
  CHECK_FALSE(open_firewall({.ports = {"1/tcp"}, .interface = "eth0"})->is_done(context));
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
      R"({"firewall":["--add-port=6443/tcp","--add-port=8472/udp","--add-protocol=vrrp"],"interface":"eth0","trusted":["--add-source=10.244.0.0/16"]})");
}

TEST_CASE("openings in another order or zone are other inputs, and a plan shows each command") {
  const auto inputs = [](std::vector<std::string> ports, std::vector<std::string> trusted) {
    return open_firewall({.ports = std::move(ports), .trusted_networks = std::move(trusted)})->inputs();
  };
  CHECK(inputs({"1/tcp"}, {}) == inputs({"1/tcp"}, {}));
  CHECK(inputs({"1/tcp"}, {}) != inputs({"1/udp"}, {}));
  CHECK(inputs({}, {"10.0.0.0/8"}) != inputs({}, {"10.0.0.0/9"}));
  CHECK(open_firewall(kOpenings)->describe() ==
        "where firewalld runs, in the zone of eth0 (ZONE); other zones stay as they are:\n"
        "firewall-cmd --permanent --zone=ZONE --add-port=6443/tcp\n"
        "firewall-cmd --permanent --zone=ZONE --add-port=8472/udp\n"
        "firewall-cmd --permanent --zone=ZONE --add-protocol=vrrp\n"
        "firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16\n"
        "firewall-cmd --permanent --zone=ZONE --add-masquerade\n"
        "firewall-cmd --reload\n");
  CHECK(holds(
      open_firewall({.ports = {"1/tcp"}, .interface = "eth0", .zones = {"dmz", "internal"}})->describe(),
      "in the zone of eth0 (dmz, internal); other zones stay as they are:\n"
      "firewall-cmd --permanent --zone=dmz --add-port=1/tcp\n"
      "firewall-cmd --permanent --zone=internal --add-port=1/tcp\n"
      "firewall-cmd --permanent --zone=dmz --add-masquerade\n"));
}

TEST_CASE("the zone of the node's interface is opened, and the default zone stays as it is") {
  const auto world = [] {
    auto made = test::new_world();
    made->firewalld.permanent["dmz"] = {"interface=eth0"};
    made->firewalld.permanent["internal"] = {"interface=eth1"};
    made->firewalld.reload();
    return made;
  };
  test::check_laws(world, opened());
  const auto made = world();
  test::WorldHost host(*made);
  steps::Context context(host.host);
  const auto action = open_firewall(kOpenings);
  action->apply(context);
  action->verify(context);
  using Entries = std::set<std::string>;
  CHECK(made->firewalld.permanent["dmz"] ==
        Entries{"interface=eth0", "masquerade", "port=6443/tcp", "port=8472/udp", "protocol=vrrp"});
  CHECK(made->firewalld.permanent["public"].empty());
  CHECK(made->firewalld.permanent["internal"] == Entries{"interface=eth1"});
  CHECK(open_zones(host.host, kOpenings) == std::vector<std::string>{"dmz"});
}

TEST_CASE("a zone that is bound to the network of other nodes judges them first, and is opened as well") {
  FakeWorld world;
  world.firewalld.permanent["internal"] = {"source=10.0.0.0/24"};
  world.firewalld.permanent["dmz"] = {"source=192.168.0.0/16"};
  world.firewalld.permanent["trusted"] = {"source=10.0.0.0/8"};
  world.firewalld.reload();
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = open_firewall({.ports = {"1/tcp"}, .interface = "eth0", .peers = {"10.0.0.6"}});
  action->apply(context);
  action->verify(context);
  CHECK(world.firewalld.runtime["public"].contains("port=1/tcp"));
  CHECK(world.firewalld.runtime["internal"] == std::set<std::string>{"port=1/tcp", "source=10.0.0.0/24"});
  CHECK(world.firewalld.runtime["dmz"] == std::set<std::string>{"source=192.168.0.0/16"});
  CHECK(world.firewalld.runtime["trusted"] == std::set<std::string>{"source=10.0.0.0/8"});
}

TEST_CASE("undo closes what every try opened: another bundle's ports, another zone of the interface") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context first(host.host);
  const steps::Change before = open_firewall(kOpenings)->capture(first);
  open_firewall(kOpenings)->apply(first);
  world.firewalld.permanent["dmz"] = {"interface=eth0"};
  world.firewalld.reload();
  steps::Context second(host.host, {before});
  const auto action = open_firewall({.ports = {"9/tcp"}, .interface = "eth0"});
  CHECK_FALSE(action->is_done(second));
  const steps::Change change = action->capture(second);
  action->apply(second);
  undo_firewall(host.host, change);
  CHECK(world.firewalld.permanent["public"].empty());
  CHECK(world.firewalld.permanent["trusted"].empty());
  CHECK(world.firewalld.permanent["dmz"] == std::set<std::string>{"interface=eth0"});
}

TEST_CASE("undo goes on where a zone is gone, and takes back what an earlier program wrote down") {
  FakeWorld world;
  test::WorldHost host(world);
  world.firewalld.permanent["public"] = {"port=1/tcp", "port=2/tcp"};
  undo_firewall(
      host.host,
      {.type = "firewall",
       .key = "firewalld",
       .before = {{"added", json::Array{"--add-port=1/tcp"}},
                  {"ours", json::Array{"--zone=gone --add-port=9/tcp", "--zone=public --add-port=2/tcp"}}}});
  CHECK(world.firewalld.runtime["public"].empty());
}

}  // namespace bundle::actions
