#pragma once

#include <string>

#include "spec/component_network.hpp"
#include "steps/action.hpp"

// What making a control plane and joining one have in common.
namespace bundle::cluster {

/// How long an API server that was just started may take to answer.
constexpr auto kApiPatience = std::chrono::minutes(4);

/// The state before kubeadm; its undo is undo_kubeadm. Throws Error(step) when there is a node of a cluster
/// that this step did not make.
steps::Change capture_before_kubeadm(const steps::Context& context, const spec::PodNetwork& network);

/// Whether kubeadm has come to its end here, and that is on disk.
bool was_made(const steps::Context& context);
/// Says so, after a sync.
void mark_made(steps::Context& context);

/// What was left by a kubeadm that was cut off goes, with a warning.
void reset_leftovers(const host::Host& host, std::string_view command);

/// Runs kubeadm, which ends well or with Error(step) that says what it said and what containers that died
/// wrote.
void run_kubeadm(const host::Host& host, const std::vector<std::string>& argv);

/// Returns when the API server of this host answers, or patience ends.
void wait_for_api(const host::Host& host);

/// Whether the API server has this node as one of its control plane.
bool is_control_plane(const host::Host& host, const std::string& node);

}  // namespace bundle::cluster
