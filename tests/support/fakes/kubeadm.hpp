#pragma once

#include "support/fakes/arguments.hpp"
#include "support/fakes/ctr.hpp"
#include "support/fakes/helm.hpp"
#include "support/fakes/mounts.hpp"
#include "support/fakes/systemd.hpp"

namespace bundle::test {

/// kubeadm: `init` makes the files, tasks and cluster of a control plane, `reset` takes them away as far as
/// the real one does.
class FakeKubeadm final : public FakeProgram {
 public:
  /// What a control plane consists of, besides files.
  struct Parts {
    FakeSystemd& systemd;
    FakeCtr& ctr;
    FakeKubectl& kubectl;
    FakeHelm& helm;
    FakeMounts& mounts;
  };

  FakeKubeadm(HostFolder host, Parts parts) : host_(std::move(host)), parts_(parts) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& /*state*/) const override {}

  std::string config_error;  ///< when not empty, `config validate` and `init` refuse the configuration
  std::string join_error;    ///< when not empty, `join` fails with it, the kubelet running
  std::string joined_with;   ///< the configuration of the last `join`
  /// What the cluster says to every kubelet. `init` takes it from its configuration.
  std::string kubelet_config =
      R"({"kind":"KubeletConfiguration","evictionHard":{"memory.available":"100Mi","nodefs.available":"5%",)"
      R"("nodefs.inodesFree":"5%","imagefs.available":"5%"}})";
  std::string upgrade_error;  ///< when not empty, `upgrade node phase kubelet-config` fails with it
  std::string init_error;     ///< when not empty, `init` fails with it, files and tasks made, the API silent

 private:
  CommandResult reply(const Command& command);
  CommandResult init(const std::string& config);
  CommandResult join(const std::string& config);
  CommandResult reset(const std::string& skipped);
  CommandResult upgrade_kubelet(const Arguments& arguments);
  void take_kubelet_config(const std::string& config);
  void write_kubelet_config(const std::string& patches);
  void leave_etcd();
  CommandResult clean_up();
  std::vector<std::string> in_the_way() const;
  std::string node_name(const std::string& config) const;

  HostFolder host_;
  Parts parts_;
  unsigned upgrades_ = 0;
};

}  // namespace bundle::test
