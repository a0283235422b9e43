#include "install/plan.hpp"

#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/cluster_facts.hpp"
#include "install/component_steps.hpp"
#include "install/control_plane_steps.hpp"
#include "install/host_steps.hpp"
#include "install/needs.hpp"
#include "install/runtime_steps.hpp"

namespace bundle::install {
namespace {

void append(steps::Plan& plan, steps::Plan more) {
  plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

steps::Plan make_plan(const host::Host& host, const Opened& opened) {
  if (!opened.node.roles.contains("master")) {
    throw Error(ErrorKind::usage,
                fmt::format("this version makes the first master only, not a node of role {}",
                            join({opened.node.roles.begin(), opened.node.roles.end()}, ",")),
                "bundle install DIR --role master");
  }
  const cluster::ClusterFacts facts = cluster::cluster_facts(host, opened.index(), opened.node);
  steps::Plan plan = host_steps(host, opened);
  append(plan, runtime_steps(facts, opened));
  append(plan, control_plane_steps(facts, opened));
  append(plan, component_steps(opened));
  add_needs(plan, opened.index());
  return plan;
}

}  // namespace bundle::install
