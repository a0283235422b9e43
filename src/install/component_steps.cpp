#include "install/component_steps.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "cluster/health.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/manifest.hpp"
#include "cluster/release.hpp"
#include "format/entry.hpp"
#include "format/index.hpp"
#include "host/state_folder.hpp"
#include "install/node_steps.hpp"
#include "install/site_file.hpp"
#include "steps/step.hpp"

namespace bundle::install {
namespace {

constexpr std::uint64_t kMaxManifestBytes = 64 << 20;
constexpr std::string_view kHint = "kubectl get pods -A -o wide";

std::vector<const format::Component*> ordered(const format::Index& index) {
  std::vector<const format::Component*> list;
  std::set<std::string> placed;
  const std::function<void(const format::Component&)> place = [&](const format::Component& component) {
    if (!placed.insert(component.name).second) {
      return;
    }
    for (const format::Component& other : index.components) {
      if (std::find(component.needs.begin(), component.needs.end(), other.name) != component.needs.end()) {
        place(other);
      }
    }
    list.push_back(&component);
  };
  // Nothing else becomes well before pods have a network.
  for (const bool networks : {true, false}) {
    for (const format::Component& component : index.components) {
      if (component.network.has_value() == networks) {
        place(component);
      }
    }
  }
  return list;
}

/// The manifest with the site's pod network instead of the one that stands for it; empty: it is as it was.
std::string adapted(const Opened& opened, const format::Component& component,
                    const format::Manifest& manifest) {
  const format::Entry* entry = opened.index().find_entry(manifest.path);
  const std::string stand_in = component.network ? component.network->pod_subnet : std::string();
  if (entry == nullptr || stand_in.empty() || stand_in == opened.site.pod_subnet) {
    return {};
  }
  const std::string content = format::read_entry(opened.parts, *entry, kMaxManifestBytes);
  std::string made = replace_all(content, stand_in, opened.site.pod_subnet);
  return made == content ? std::string() : made;
}

void add_manifest(steps::Step& step, const Opened& opened, const format::Component& component,
                  const format::Manifest& manifest) {
  deliver::HashedFile file = deliver::payload_file(opened.index(), manifest.path);
  if (const std::string content = adapted(opened, component, manifest); !content.empty()) {
    file = {.path = host::site_path(manifest.path), .sha256 = sha256_hex(content)};
    step.add(actions::write_file({.path = file.path, .content = content, .mode = 0600}));
  }
  step.add(cluster::apply_manifest(std::move(file)));
}

void add_charts(steps::Step& step, const Opened& opened, const std::string& component,
                const std::string& pod_security) {
  for (const format::Chart& chart : opened.index().charts) {
    if (chart.component != component) {
      continue;
    }
    if (!pod_security.empty()) {
      step.add(cluster::make_namespace(chart.namespace_, pod_security));
    }
    cluster::Release release{.helm = std::string(cluster::kHelm),
                             .name = chart.release,
                             .namespace_ = chart.namespace_,
                             .chart = deliver::payload_file(opened.index(), chart.path),
                             .values = {},
                             .skip_schema = chart.skip_schema};
    for (const std::string& values : chart.values) {
      release.values.push_back(deliver::payload_file(opened.index(), values));
    }
    const auto own = opened.site.component_values.find(component);
    if (!component.empty() && own != opened.site.component_values.end()) {
      const std::string path = host::site_path(component + ".yaml");
      const std::string content = named_content(opened.site, own->second);
      step.add(actions::write_file({.path = path, .content = content, .mode = 0600}));
      release.values.push_back({.path = path, .sha256 = sha256_hex(content)});
    }
    step.add(cluster::install_release(std::move(release)));
  }
}

void add_health(steps::Step& step, const format::Component& component) {
  if (component.health.if_array() == nullptr) {
    return;
  }
  for (const json::Value& row : *component.health.if_array()) {
    const std::string object = lower(json::text_at(row, "kind")) + "/" + json::text_at(row, "name");
    const std::string space = json::text_at(row, "namespace");
    step.add(actions::wait_for(
        {.words = fmt::format("{} in {} has all its pods", object, space),
         .probe = cluster::kubectl({"--namespace", space, "rollout", "status", "--timeout=3s", "--", object}),
         .timeout = std::chrono::minutes(10),
         .diagnosis = cluster::unhealthy_pods,
         .hint = fmt::format("kubectl -n {} describe {}", space, object)}));
  }
}

/// Waits until the node is Ready and Kubernetes' own components are well.
steps::Step health_step(const Opened& opened) {
  steps::Step step{.id = "healthy", .title = "wait for the cluster", .hint = std::string(kHint)};
  step.add(actions::wait_for(is_ready(opened.node.name, std::string(cluster::kAdminConf))));
  if (const format::Component* kubernetes = opened.index().find_component("kubernetes")) {
    add_health(step, *kubernetes);
  }
  return step;
}

}  // namespace

steps::Plan component_steps(const Opened& opened, const cluster::Room& room) {
  steps::Plan plan;
  // helm waits for pods, and would wait in vain.
  std::set<std::string> pending;
  for (const cluster::Pending& one : cluster::pending_charts(opened.index(), room)) {
    pending.insert(one.id);
  }
  for (const format::Component* component : ordered(opened.index())) {
    steps::Step step{
        .id = component->name, .title = "install " + component->name, .hint = std::string(kHint)};
    for (const format::Manifest& manifest : opened.index().manifests) {
      if (manifest.component == component->name) {
        add_manifest(step, opened, *component, manifest);
      }
    }
    if (!pending.contains(component->name)) {
      add_charts(step, opened, component->name, component->pod_security);
    }
    if (step.actions.empty()) {
      continue;
    }
    if (room.is_for(*component)) {
      add_health(step, *component);
    }
    plan.push_back(std::move(step));
  }
  steps::Step own{.id = "charts", .title = "install the charts of versions.yml", .hint = std::string(kHint)};
  if (!pending.contains(own.id)) {
    add_charts(own, opened, "", "");
  }
  if (!own.actions.empty()) {
    plan.push_back(std::move(own));
  }
  plan.push_back(health_step(opened));
  return plan;
}

}  // namespace bundle::install
