#include "actions/keep.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"

namespace bundle::actions {

TEST_CASE("what is kept is shown in a plan, and nothing is done to it") {
  test::FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const std::string before = world.snapshot();
  const auto action = keep("/etc/chrony.conf", "server 10.20.0.5, of this host");
  CHECK(action->describe() == "keep /etc/chrony.conf: server 10.20.0.5, of this host\n");
  CHECK(action->is_done(context));
  CHECK(action->capture(context) == steps::Change{.type = "none", .key = "/etc/chrony.conf", .before = {}});
  action->apply(context);
  action->verify(context);
  CHECK(world.snapshot() == before);
  // Other words are the same thing; another thing is not.
  CHECK(action->inputs() == keep("/etc/chrony.conf", "")->inputs());
  CHECK(action->inputs() != keep("/etc/resolv.conf", "")->inputs());
}

}  // namespace bundle::actions
