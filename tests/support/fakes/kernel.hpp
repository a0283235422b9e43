#pragma once

#include <set>

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// sysctl, modprobe, swapoff, swapon and hostnamectl, which act on the files of the host: /proc/sys,
/// /sys/module, /proc/swaps, /proc/sys/kernel/hostname and /etc/hostname. All state is in these.
class FakeKernel final : public FakeProgram {
 public:
  explicit FakeKernel(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  std::set<std::string> loadable{"overlay", "br_netfilter", "nf_conntrack"};

 private:
  CommandResult sysctl(const Command& command);
  CommandResult modprobe(const Command& command);
  CommandResult swapoff(const Command& command);
  CommandResult swapon(const Command& command);
  CommandResult hostnamectl(const Command& command);
  void load(const std::string& module);

  HostFolder host_;
  std::map<std::string, std::string> swap_rows_;  ///< of devices that were turned off, for swapon
};

}  // namespace bundle::test
