#include "support/fakes/world.hpp"

#include "base/error.hpp"

namespace bundle::test {

CommandResult WorldRunner::run(const Command& command) {
  power_.pass();
  try {
    CommandResult result = programs_.run(command);
    power_.pass();
    return result;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage && !absent.contains(command.argv.front())) {
      const std::lock_guard lock(mutex_);
      unknown.push_back(to_string(command));
    }
    throw;
  }
}

FakeWorld::FakeWorld() {
  make_host();
  systemd.units = {{"containerd.service", {}},
                   {"kubelet.service", {}},
                   {"chronyd.service", {.is_enabled = true, .is_active = true, .started_at_us = 1}},
                   {"firewalld.service", {.is_enabled = true, .is_active = true, .started_at_us = 1}}};
  systemd.units["swap.target"] = {.is_active = true, .state = "static"};
  systemd.changed = [this](const std::string& unit, bool is_active) {
    if (unit == "firewalld.service" && is_active) {
      firewalld.reload();
    }
  };
  firewalld.is_running = [this] { return systemd.is_active("firewalld"); };
  ctr.is_running = [this] { return systemd.is_active("containerd"); };
  rpmdb.after_transaction = [this] { systemd.load_units(); };
  for (FakeProgram* fake : fakes()) {
    fake->answer(programs);
    fake->midway = [this] { power.pass(); };
  }
}

void FakeWorld::make_host() const {
  put("/run/utmp", "");
  put("/proc/filesystems", "nodev\tproc\n\text4\n");
  put("/proc/swaps",
      "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
      "/dev/dm-1                               partition\t2097148\t\t0\t\t-2\n");
  put("/dev/dm-1", "");
  put("/proc/sys/kernel/hostname", "localhost\n");
  put("/proc/sys/kernel/osrelease", "5.14.0-503.el9.x86_64\n");
  put("/proc/sys/net/ipv4/ip_forward", "0\n");
  put("/proc/sys/fs/inotify/max_user_instances", "128\n");
  put("/proc/sys/fs/inotify/max_user_watches", "65536\n");
  put("/sys/fs/selinux/enforce", "1");
  put("/var/lib/selinux/targeted/active/policy.kern", "policy\n");
  put("/var/lib/rpm/rpmdb.sqlite", "packages\n");
  put("/etc/hostname", "localhost\n");
  put("/etc/fstab", "/dev/dm-0 / xfs defaults 0 0\n/dev/dm-1 none swap defaults 0 0\n");
  put("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
}

std::vector<FakeProgram*> FakeWorld::fakes() {
  return {&systemd, &firewalld, &selinux, &kernel,  &boot, &network, &kubectl,
          &helm,    &ctr,       &mounts,  &kubeadm, &api,  &rpmdb};
}

std::vector<const FakeProgram*> FakeWorld::fakes() const {
  const std::vector<FakeProgram*> all = const_cast<FakeWorld*>(this)->fakes();
  return {all.begin(), all.end()};
}

std::vector<std::string> FakeWorld::unknown() const {
  std::vector<std::string> all = runner.unknown;
  for (const FakeProgram* fake : fakes()) {
    all.insert(all.end(), fake->unknown.begin(), fake->unknown.end());
  }
  return all;
}

std::string FakeWorld::snapshot() const {
  WorldState state;
  describe_files(files, state);
  for (const FakeProgram* fake : fakes()) {
    fake->describe(state);
  }
  return to_text(state);
}

}  // namespace bundle::test
