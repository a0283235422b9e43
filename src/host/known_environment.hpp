#pragma once

#include "base/process.hpp"

namespace bundle::host {

/// Runs the programs of a host in an environment that is the same whoever calls: PATH, HOME and LC_ALL are
/// ours, and beside what a command sets itself there is nothing else. What a person or a service manager has
/// set (HELM_*, KUBE*, http_proxy, CONTAINERD_*, LD_PRELOAD, BASH_ENV, …) would reach kubeadm's static pods,
/// dnf's scripts and helm's releases. `runner` must outlive it.
class KnownEnvironment final : public CommandRunner {
 public:
  explicit KnownEnvironment(CommandRunner& runner) : runner_(runner) {}
  CommandResult run(const Command& command) override;

 private:
  CommandRunner& runner_;
};

}  // namespace bundle::host
