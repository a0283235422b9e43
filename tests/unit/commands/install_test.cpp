#include "commands/install.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/work_lock.hpp"
#include "commands/status.hpp"
#include "support/cluster_bundle.hpp"
#include "support/fakes/world.hpp"
#include "support/healthy_host.hpp"
#include "support/in_child.hpp"
#include "support/test_session.hpp"
#include "support/thrown.hpp"

// The verbs install, preflight, status and undo over a host of fakes that preflight finds healthy.
namespace bundle::commands {
namespace {

using test::FakeWorld;
using test::holds;
using test::thrown_by;

/// Lends a runner to a session, which wants to own one.
class Borrowed final : public CommandRunner {
 public:
  explicit Borrowed(CommandRunner& runner) : runner_(runner) {}
  CommandResult run(const Command& command) override {
    look(command);
    if (command.when_stopped == WhenStopped::finish) {
      must_finish.push_back(to_string(command));
    }
    return runner_.run(command);
  }
  void keep(WorkLock* lock) override { kept.push_back(lock != nullptr); }

  std::vector<std::string> must_finish;  ///< what must not be cut off
  std::vector<bool> kept;                ///< whether a lock came or went

  std::vector<std::string> leaks;  ///< commands that would get the caller's environment

 private:
  void look(const Command& command) {
    if (!command.clean_env) {
      leaks.push_back(to_string(command));
    }
  }

  CommandRunner& runner_;
};

/// What the healthy host of the tests has beside the programs that an installation drives.
void make_healthy(FakeWorld& world) {
  const test::HealthyHost healthy;
  for (const char* path : {"/etc/os-release", "/etc/hosts", "/etc/resolv.conf", "/proc/cpuinfo",
                           "/proc/meminfo", "/proc/self/status", "/proc/sys/kernel/osrelease",
                           "/sys/fs/cgroup/cgroup.controllers", "/proc/filesystems", "/proc/100/comm"}) {
    world.put(path, read_file(healthy.host.at(path), 1 << 20));
  }
  for (const char* program : {"dnf", "rpm", "ip", "systemctl", "sysctl", "modprobe", "mount", "swapoff",
                              "hostnamectl", "iptables"}) {
    world.put(std::string("/usr/sbin/") + program, "");
  }
  // A root with room for the bundle: the folder's own file system.
  world.put("/proc/self/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\n");
  world.put("/run/systemd/system/x", "");
  world.put("/proc/sys/kernel/hostname", "node1\n");
  world.put("/sys/fs/selinux/enforce", "0");
  world.put("/proc/swaps", "Filename Type Size Used Priority\n");
  world.put("/sys/module/nf_conntrack/x", "");
  world.put("/sys/module/br_netfilter/x", "");
  for (const char* name : {"bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"}) {
    world.put(std::string("/proc/sys/net/") + name, "0\n");
  }
  world.programs.on({"uname", "-m"}, {.out = "x86_64\n"});
  world.programs.on({"chronyc"}, {.out = "Leap status     : Normal\n"});
  world.programs.on({"ip", "-j", "-4", "address"},
                    {.out = R"([{"ifname":"eth0","addr_info":[{"local":"10.0.0.5","prefixlen":24}]}])"});
  const std::string route = R"({"dst":"default","gateway":"10.0.0.1","dev":"eth0"})";
  world.programs.on({"ip", "-j", "-4", "route", "show"}, {.out = "[" + route + "]"});
}

struct Machine {
  TempDir media;
  FakeWorld world;
  test::ClusterBundle bundle{media.path()};
  std::string out;
  Session session = test::make_session(out);
  InstallOptions options{
      .folders = {bundle.folder.string()}, .roles = "master", .trust = {.expect = bundle.verified.sha256()}};

  Machine() {
    make_healthy(world);
    world.now = 1'790'000'000;
    world.rpmdb.available = {{"chrony-4.5-1.el8.x86_64", {}},
                             {"libx-1-1.el8.x86_64", {}},
                             {"containerd.io-1.7.28-1.el8.x86_64", {}},
                             {"kubelet-1.34.3-1.x86_64", {}}};
    world.kubectl.on_apply = [this](const std::string&) {
      world.kubectl.workloads["kube-flannel/daemonset/kube-flannel-ds"] = true;
      world.kubectl.workloads["metallb-system/deployment/metallb-controller"] = true;
      world.kubectl.workloads["kube-system/deployment/coredns"] = true;
    };
    // The trial transaction of preflight: rpm finds nothing in the way.
    world.programs.on({"rpm", "-U", "--test"}, {.status = 0});
    session.root = world.folder.path();
    session.runner = std::make_unique<Borrowed>(world.runner);
  }

  std::string printed() { return std::exchange(out, {}); }
};

}  // namespace

TEST_CASE("preflight of a healthy host finds no error") {
  Machine machine;
  try {
    preflight(machine.session, machine.options);
  } catch (const Error&) {
    FAIL(machine.printed());
  }
  const std::string text = machine.printed();
  CAPTURE(text);
  CHECK(holds(text, "this host is ready"));
  CHECK_FALSE(holds(text, "error "));
}

TEST_CASE("an installation says what it made; a second one that all was done") {
  Machine machine;
  install(machine.session, machine.options);
  const std::string first = machine.printed();
  CHECK(holds(first, "node1 is a master of the cluster kubernetes at https://10.0.0.5:6443"));
  const std::string before = machine.world.snapshot();
  install(machine.session, machine.options);
  CHECK(holds(machine.printed(), "0 steps done, 23 already done"));
  CHECK(test::difference(before, machine.world.snapshot(), {"file /run", "folder /run"}) == "");
}

TEST_CASE("--dry-run prints files and commands, and changes nothing") {
  Machine machine;
  const std::string before = machine.world.snapshot();
  machine.options.dry_run = true;
  install(machine.session, machine.options);
  const std::string plan = machine.printed();
  CHECK(holds(plan, "1. payload: unpack RPMs, charts and manifests\n"));
  CHECK(holds(plan, "kubeadm init --config /var/lib/bundle/kubeadm.yaml\n"));
  CHECK(test::difference(before, machine.world.snapshot(), {"file /run/bundle.lock", "folder /run"}) == "");
}

TEST_CASE("who comes while another is at work is told who that is, and changes nothing") {
  Machine machine;
  install(machine.session, machine.options);
  const std::filesystem::path file = machine.world.folder.path() / "run/bundle.lock";
  {
    const WorkLock other(file, "bundle install /media/stick", 1'795'000'000);
    const std::string before = machine.world.snapshot();
    const Error installing = thrown_by([&] { install(machine.session, machine.options); });
    CHECK(installing.kind() == ErrorKind::step);
    CHECK(holds(installing.message(),
                "another bundle is at work on this host: bundle install /media/stick (pid"));
    const Error undoing = thrown_by([&] { undo(machine.session, {.all = true}); });
    CHECK(undoing.message() == installing.message());
    CHECK(test::difference(before, machine.world.snapshot(), {}) == "");
    machine.options.dry_run = true;
    CHECK_NOTHROW(install(machine.session, machine.options));
    machine.options.dry_run = false;
  }
  CHECK_NOTHROW(install(machine.session, machine.options));
}

TEST_CASE("transactions of packages, and nothing else, must not be cut off; all programs keep the lock") {
  Machine machine;
  auto runner = std::make_unique<Borrowed>(machine.world.runner);
  const Borrowed& seen = *runner;
  machine.session.runner = std::move(runner);
  install(machine.session, machine.options);
  REQUIRE(seen.must_finish.size() == 1);
  CHECK(seen.must_finish[0].starts_with("dnf -c "));
  CHECK(holds(seen.must_finish[0], " install "));
  undo(machine.session, {.all = true});
  REQUIRE(seen.must_finish.size() > 1);
  for (std::size_t i = 1; i < seen.must_finish.size(); ++i) {
    CHECK(seen.must_finish[i].starts_with("rpm -e "));
  }
  CHECK(seen.kept == std::vector<bool>{true, false, true, false});
}

TEST_CASE("an obstacle stops it before the first change") {
  Machine machine;
  machine.world.put("/proc/net/tcp",
                    "  sl  local_address\n   0: 00000000:192B 00000000:0000 0A 0 0 0 0 0 4711 1 0\n");
  const std::string before = machine.world.snapshot();
  const Error error = thrown_by([&] { install(machine.session, machine.options); });
  CHECK(error.kind() == ErrorKind::preflight);
  CHECK(test::difference(before, machine.world.snapshot(), {"folder /run", "file /run/bundle.lock"}) == "");
  CHECK(thrown_by([&] { preflight(machine.session, machine.options); }).kind() == ErrorKind::preflight);
  CHECK(holds(machine.printed(), "port 6443/tcp, which kube-apiserver needs, is taken"));
}

TEST_CASE("a host without a GPU does not become a GPU node") {
  Machine machine;
  machine.options.roles = "master,gpu";
  CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::no_gpu);
}

TEST_CASE("without trust, or with another digest, nothing is read from the bundle") {
  Machine machine;
  machine.options.trust.expect = std::string(64, 'a');
  CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::integrity);
  machine.options.trust = {.root = machine.world.folder.path().string()};
  CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::integrity);
}

TEST_CASE("an older bundle is refused, unless asked for, or all of the newer one is undone") {
  Machine machine;
  install(machine.session, machine.options);
  const test::ClusterBundle older(machine.media.path(), {.version = "2026.10.0"});
  machine.options.folders = {older.folder.string()};
  machine.options.trust.expect = older.verified.sha256();
  const Error error = thrown_by([&] { install(machine.session, machine.options); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "site 2026.10.0 is older than 2026.11.0"));
  machine.options.allow_downgrade = true;
  install(machine.session, machine.options);
  machine.options.allow_downgrade = false;
  undo(machine.session, {.all = true});
  install(machine.session, machine.options);
}

TEST_CASE("another bundle under the installed version is refused, unless asked for") {
  Machine machine;
  install(machine.session, machine.options);
  const InstallOptions first = machine.options;
  const TempDir elsewhere;
  const test::ClusterBundle other(elsewhere.path(), {.manifest = "net-conf: 10.244.0.0/16 # other\n"});
  machine.options.folders = {other.folder.string()};
  machine.options.trust.expect = other.verified.sha256();
  const std::string before = machine.world.snapshot();
  for (const auto& verb : {preflight, install}) {
    const Error error = thrown_by([&] { verb(machine.session, machine.options); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(holds(error.message(), "site 2026.11.0 is not the bundle of that version that was installed on"));
    CHECK(holds(error.message(), machine.bundle.verified.sha256()));
    CHECK(holds(error.message(), other.verified.sha256()));
    CHECK(holds(error.hint(), "--allow-downgrade"));
  }
  CHECK(test::difference(before, machine.world.snapshot(), {"file /run/bundle.lock", "folder /run"}) == "");
  // The one that was installed first goes on as before; what was asked for counts from then on.
  install(machine.session, first);
  machine.options.allow_downgrade = true;
  install(machine.session, machine.options);
  CHECK(machine.world.get("/var/lib/bundle/manifests/flannel/kube-flannel.yml") ==
        "net-conf: 10.244.0.0/16 # other\n");
  machine.options.allow_downgrade = false;
  install(machine.session, machine.options);
  CHECK(thrown_by([&] { install(machine.session, first); }).kind() == ErrorKind::integrity);
  undo(machine.session, {.all = true});
  install(machine.session, first);
}

TEST_CASE("what is made on a host has the modes that are meant, whatever the caller's umask") {
  for (const mode_t mask : {0077, 0000}) {
    CAPTURE(mask);
    Machine machine;
    REQUIRE(test::in_child([&] {
              ::umask(mask);
              install(machine.session, machine.options);
              return 0;
            }) == 0);
    const auto mode = [&](std::string_view path) {
      struct stat status{};
      REQUIRE(::stat(machine.world.files.at(path).c_str(), &status) == 0);
      return status.st_mode & 07777;
    };
    for (const char* folder : {"/etc/modules-load.d", "/etc/sysctl.d", "/etc/containerd", "/var/lib/bundle",
                               "/var/lib/bundle/rpms", "/var/lib/bundle/log", "/root/.kube"}) {
      CAPTURE(folder);
      CHECK(mode(folder) == 0755);
    }
    CHECK(mode("/etc/motd") == 0644);
    CHECK(mode("/etc/containerd/config.toml") == 0644);
    CHECK(mode("/root/.kube/config") == 0600);
    CHECK(mode("/var/lib/bundle/journal") == 0600);
  }
}

TEST_CASE("no program of an installation, a status or an undo sees the caller's environment") {
  Machine machine;
  auto watched = std::make_unique<Borrowed>(machine.world.runner);
  const std::vector<std::string>& leaks = watched->leaks;
  machine.session.runner = std::move(watched);
  preflight(machine.session, machine.options);
  install(machine.session, machine.options);
  status(machine.session);
  undo(machine.session, {.all = true});
  CHECK(leaks == std::vector<std::string>());
}

TEST_CASE("a step that failed is shown, and the next run goes on") {
  Machine machine;
  machine.world.kubeadm.init_error = "timed out waiting for the condition";
  const Error error = thrown_by([&] { install(machine.session, machine.options); });
  CHECK(error.kind() == ErrorKind::step);
  status(machine.session);
  const std::string shown = machine.printed();
  CHECK(holds(shown, "kubeadm-init  failed"));
  CHECK(holds(shown, "kubeadm init ended with exit code"));
  machine.world.kubeadm.init_error.clear();
  install(machine.session, machine.options);
  CHECK(holds(machine.printed(), "already done"));
  status(machine.session);
  CHECK(holds(machine.printed(), "kubeadm-init    done"));
}

TEST_CASE("undo takes back one step, or all, and says when there is nothing") {
  Machine machine;
  CHECK(thrown_by([&] { undo(machine.session, {.all = true}); }).kind() == ErrorKind::usage);
  install(machine.session, machine.options);
  machine.printed();
  CHECK(thrown_by([&] { undo(machine.session, {}); }).kind() == ErrorKind::usage);
  CHECK(thrown_by([&] { undo(machine.session, {.step = "charts", .all = true}); }).kind() ==
        ErrorKind::usage);
  CHECK(thrown_by([&] { undo(machine.session, {.step = "no-such"}); }).kind() == ErrorKind::usage);
  undo(machine.session, {.step = "charts"});
  CHECK(machine.printed() == "undone: charts\n");
  CHECK_FALSE(machine.world.helm.releases.contains("demo/hello"));
  undo(machine.session, {.all = true});
  CHECK(holds(machine.printed(),
              "undone: metallb, flannel, etcd-snapshots, certificates, kubeconfig, kubeadm-init"));
  CHECK_FALSE(machine.world.exists("/var/lib/bundle/rpms"));
  CHECK(machine.world.exists("/var/lib/bundle/journal"));
  undo(machine.session, {.all = true});
  CHECK(machine.printed() == "nothing was left to undo\n");
}

TEST_CASE("status of a host without an installation, and of one that an earlier program recorded") {
  Machine machine;
  status(machine.session);
  CHECK(machine.printed() == "nothing was installed here by bundle\n");
  const std::filesystem::path data = std::filesystem::path(BUNDLE_SOURCE_DIR) / "tests/data/journal-0.1";
  for (const std::string name : {"one-host", "site"}) {
    CAPTURE(name);
    machine.world.put("/var/lib/bundle/journal", read_file(data / (name + ".journal"), 1 << 20));
    machine.session.output = OutputFormat::table;
    status(machine.session);
    CHECK(machine.printed() == read_file(data / (name + ".status.txt"), 1 << 20));
    machine.session.output = OutputFormat::json;
    status(machine.session);
    CHECK(machine.printed() == read_file(data / (name + ".status.json"), 1 << 20));
  }
}

TEST_CASE("clocks that jump by hours, years and back, between and inside steps, harm nothing") {
  constexpr std::int64_t kRight = 1'800'000'000;
  constexpr std::array<std::int64_t, 9> kWall{
      kRight, kRight - 7200, kRight + 7200, 0, -1, 4'102'444'800, kRight - 315'360'000, INT64_MAX, INT64_MIN};
  constexpr std::array<std::int64_t, 6> kSteps{0, 1, 3600, 315'360'000, -3600, -315'360'000};
  for (unsigned seed = 0; seed < 6; ++seed) {
    CAPTURE(seed);
    Machine machine;
    machine.session.output = OutputFormat::json;
    std::mt19937 random(seed);
    std::chrono::steady_clock::time_point steady{};
    const auto has_begun = [&] { return machine.world.exists("/var/lib/bundle/journal"); };
    bool is_wild = true;
    machine.session.now = [&] { return is_wild && has_begun() ? kWall.at(random() % kWall.size()) : kRight; };
    machine.session.steady = [&] {
      return steady += std::chrono::seconds(is_wild ? kSteps.at(random() % kSteps.size()) : 1);
    };
    const auto look = [&] {
      machine.printed();
      status(machine.session);
      return json::parse(machine.printed(), "status");
    };
    machine.world.kubeadm.init_error = "no such time";
    CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::step);
    CHECK(json::text_at(look().find("steps")->if_array()->back(), "state") == "failed");
    machine.world.kubeadm.init_error.clear();
    is_wild = false;
    install(machine.session, machine.options);
    CHECK(holds(machine.printed(), "already done"));
    const std::string before = machine.world.snapshot();
    install(machine.session, machine.options);
    CHECK(holds(machine.printed(), " 0 steps done"));
    CHECK(test::difference(before, machine.world.snapshot(), {"file /run", "folder /run"}) == "");
    is_wild = true;
    look();
    undo(machine.session, {.step = "charts"});
    undo(machine.session, {.all = true});
    const json::Value shown = look();
    for (const json::Value& step : *shown.find("steps")->if_array()) {
      CHECK(json::text_at(step, "state") == "undone");
      CHECK(json::number_at(step, "seconds") >= 0);
    }
  }
}

TEST_CASE("a clock that is set back within the installation ends the next one before its first change") {
  Machine machine;
  machine.session.now = [] { return std::int64_t{1'500'000'000}; };
  const std::string before = machine.world.snapshot();
  CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::preflight);
  CHECK(test::difference(before, machine.world.snapshot(), {"file /run/bundle.lock", "folder /run"}) == "");
  CHECK(thrown_by([&] { preflight(machine.session, machine.options); }).kind() == ErrorKind::preflight);
  CHECK(holds(machine.printed(), "clock-before-bundle"));
}

TEST_CASE("what a program says in another encoding stands in the journal, and everybody goes on") {
  Machine machine;
  machine.session.output = OutputFormat::json;
  for (const std::string& said :
       {std::string("Datei f\xfcr nichts"), std::string(499, 'x') + "€", std::string("\0\x9b[2J", 5)}) {
    machine.world.kubeadm.init_error = said;
    CHECK(thrown_by([&] { install(machine.session, machine.options); }).kind() == ErrorKind::step);
    machine.printed();
    status(machine.session);
    CHECK_NOTHROW(json::parse(machine.printed(), "status"));
  }
  machine.world.kubeadm.init_error.clear();
  install(machine.session, machine.options);
  undo(machine.session, {.all = true});
  CHECK(holds(machine.printed(), "undone: "));
}

TEST_CASE(
    "status and undo get past damage of the journal, install does not, and begins anew after the undo") {
  Machine machine;
  install(machine.session, machine.options);
  std::string journal = machine.world.get("/var/lib/bundle/journal");
  const std::size_t lost = journal.find(R"("event":"begin")", journal.size() / 3);
  journal[lost] ^= 1;
  machine.world.put("/var/lib/bundle/journal", journal);
  machine.printed();
  for (const auto verb : {install, preflight}) {
    const Error error = thrown_by([&] { verb(machine.session, machine.options); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(holds(error.hint(), "bundle undo --all"));
  }
  status(machine.session);
  CHECK(holds(machine.printed(), "kubeadm-init    done"));
  machine.session.output = OutputFormat::json;
  status(machine.session);
  const json::Value shown = json::parse(machine.printed(), "status");
  REQUIRE(shown.find("unreadable") != nullptr);
  const json::Value& record = shown.find("unreadable")->if_array()->front();
  CHECK(json::number_at(record, "line") ==
        std::count(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(lost), '\n') + 1);
  CHECK(json::text_at(record, "why") == "this record is damaged although later ones are whole");
  undo(machine.session, {.step = "charts"});
  undo(machine.session, {.all = true});
  CHECK(holds(machine.printed(),
              "undone: metallb, flannel, etcd-snapshots, certificates, kubeconfig, kubeadm-init"));
  const std::vector<std::string> left = list_folder(machine.world.files.at("/var/lib/bundle"));
  CHECK(std::any_of(left.begin(), left.end(),
                    [](const std::string& name) { return name.starts_with("journal.unreadable-"); }));
  CHECK(machine.world.get("/var/lib/bundle/journal").empty());
  install(machine.session, machine.options);
  undo(machine.session, {.all = true});
}

}  // namespace bundle::commands
