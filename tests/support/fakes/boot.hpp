#pragma once

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// grubby, dracut, lsinitrd and modinfo, which act on the files of the host: the entry in
/// /boot/grub2/grubenv, an initramfs whose content is its list of files, modules below /lib/modules whose
/// content is what modinfo says of them.
class FakeBoot final : public FakeProgram {
 public:
  explicit FakeBoot(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

 private:
  CommandResult grubby(const Command& command);
  CommandResult dracut(const Command& command);
  CommandResult lsinitrd(const Command& command);
  CommandResult modinfo(const Command& command);
  bool omits_nouveau() const;

  HostFolder host_;
};

}  // namespace bundle::test
