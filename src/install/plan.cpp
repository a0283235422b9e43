#include "install/plan.hpp"

#include <iterator>

#include "cluster/cluster_facts.hpp"
#include "cluster/room.hpp"
#include "install/component_steps.hpp"
#include "install/control_plane_steps.hpp"
#include "install/host_steps.hpp"
#include "install/join_steps.hpp"
#include "install/needs.hpp"
#include "install/node_steps.hpp"
#include "install/runtime_steps.hpp"

namespace bundle::install {
namespace {

void append(steps::Plan& plan, steps::Plan more) {
  plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

bool applies_components(const Opened& opened) {
  const std::vector<const site::SiteNode*> masters = cluster::masters_of(opened.site);
  return !opened.joins || (!masters.empty() && masters.front()->name == opened.node.name);
}

steps::Plan make_plan(const host::Host& host, const Opened& opened) {
  const cluster::ClusterFacts facts = cluster::cluster_facts(host, opened.index(), opened.node);
  steps::Plan plan = host_steps(host, opened);
  append(plan, runtime_steps(facts, opened));
  if (opened.joins) {
    append(plan, join_steps(facts, opened));
  } else {
    append(plan, control_plane_steps(facts, opened));
  }
  if (applies_components(opened)) {
    append(plan, component_steps(opened, cluster::room_now(host, opened.site, opened.node)));
  } else {
    plan.push_back(ready_step(opened.node));
  }
  add_needs(plan, opened.index());
  return plan;
}

}  // namespace bundle::install
