#pragma once

#include <cstdint>
#include <set>

#include "base/fs.hpp"
#include "support/fakes/api.hpp"
#include "support/fakes/boot.hpp"
#include "support/fakes/ctr.hpp"
#include "support/fakes/firewalld.hpp"
#include "support/fakes/helm.hpp"
#include "support/fakes/kernel.hpp"
#include "support/fakes/kubeadm.hpp"
#include "support/fakes/kubectl.hpp"
#include "support/fakes/mounts.hpp"
#include "support/fakes/network.hpp"
#include "support/fakes/power.hpp"
#include "support/fakes/rpmdb.hpp"
#include "support/fakes/selinux.hpp"
#include "support/fakes/snapshot.hpp"
#include "support/fakes/systemd.hpp"

namespace bundle::test {

/// Runs the fakes of a world, with a point for a power cut before and after each command, and remembers the
/// programs that nobody modelled.
class WorldRunner final : public CommandRunner {
 public:
  WorldRunner(FakeRunner& programs, Power& power) : programs_(programs), power_(power) {}
  CommandResult run(const Command& command) override;

  std::set<std::string> absent{"crictl"};  ///< programs that are not on this host, and may be asked for
  std::vector<std::string> unknown;

 private:
  FakeRunner& programs_;
  Power& power_;
  std::mutex mutex_;
};

/// A host that is a folder, with a fake for each program that an installation drives. It is an EL 9 with
/// SELinux enforcing, one swap device, firewalld and chronyd running, containerd and the kubelet there but
/// off, and no cluster. A test may put an answer of its own before a fake's: `programs.on({"kubeadm",
/// "init"}, …)`.
struct FakeWorld {
  FakeWorld();

  void put(std::string_view path, std::string_view content) const { files.write(path, content); }
  std::string get(std::string_view path) const { return files.read(path).value_or(""); }
  bool exists(std::string_view path) const { return files.exists(path); }

  /// All commands that nobody modelled; empty in a good test.
  std::vector<std::string> unknown() const;
  /// Files and the states of all fakes, a line each: the same text for the same world.
  std::string snapshot() const;

  TempDir folder;
  HostFolder files{folder.path()};
  std::int64_t now = 1'790'000'000;  ///< seconds since the epoch, for whoever needs a clock
  Power power;
  FakeRunner programs;
  WorldRunner runner{programs, power};  ///< for the host under test

  FakeSystemd systemd{files};
  FakeFirewalld firewalld;
  FakeSelinux selinux{files};
  FakeKernel kernel{files};
  FakeBoot boot{files};
  FakeNetwork network{files};
  FakeKubectl kubectl{files};
  FakeHelm helm{files, kubectl};
  FakeCtr ctr{files};  ///< answers while the unit containerd.service runs
  FakeMounts mounts{files};
  FakeKubeadm kubeadm{files,
                      {.systemd = systemd, .ctr = ctr, .kubectl = kubectl, .helm = helm, .mounts = mounts}};
  FakeApi api;             ///< of a cluster that is elsewhere
  FakeRpmdb rpmdb{files};  ///< its transactions load the units that they bring

 private:
  std::vector<FakeProgram*> fakes();
  std::vector<const FakeProgram*> fakes() const;
  void make_host() const;
};

}  // namespace bundle::test
