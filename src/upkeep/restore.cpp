#include "upkeep/restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "host/removal.hpp"
#include "host/sockets.hpp"
#include "host/state_folder.hpp"
#include "survey/expected.hpp"
#include "upkeep/snapshots.hpp"
#include "upkeep/static_pods.hpp"

namespace bundle::upkeep {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kData = "/var/lib/etcd";
constexpr const char* kMember = "/var/lib/etcd/member";
/// Where the new data is made, and the old data is afterwards, until it has its own name.
constexpr const char* kStage = "/var/lib/etcd/restoring";
constexpr const char* kStageMember = "/var/lib/etcd/restoring/member";
/// How far a restore has come: from when the new data is whole until the cluster is well.
const std::string kMark = std::string(host::kRestoreMark);
/// Watches that clients still have must not take the restored revisions for old news.
/// Source: https://etcd.io/docs/v3.6/op-guide/recovery/#restoring-with-revision-bump
constexpr const char* kBump = "1000000000";

struct Mark {
  std::string snapshot_sha256;
  std::uint64_t inode = 0;  ///< of the new `member`: says which of the two is in use
};

std::uint64_t inode_of(const host::Host& host, const char* path) {
  struct stat status{};
  return ::stat(host.at(path).c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_in_use(const host::Host& host, const Mark& mark) { return inode_of(host, kMember) == mark.inode; }

/// Nothing as well where its data is no longer there: the host was taken back since.
std::optional<Mark> read_mark(const host::Host& host) {
  const std::optional<std::string> text = host.read(kMark);
  if (!text) {
    return std::nullopt;
  }
  const json::Value value = json::parse(*text, kMark, ErrorKind::step);
  const Mark mark{.snapshot_sha256 = json::text_at(value, "snapshot"),
                  .inode = static_cast<std::uint64_t>(json::number_at(value, "inode"))};
  const bool is_there = is_in_use(host, mark) || inode_of(host, kStageMember) == mark.inode;
  return is_there ? std::optional(mark) : std::nullopt;
}

void write_mark(const host::Host& host, const Mark& mark) {
  write_file_atomically(
      host.at(kMark),
      json::canonical(json::Object{{"snapshot", mark.snapshot_sha256}, {"inode", mark.inode}}), 0600);
}

/// Whether etcd takes writes: a read that needs the majority succeeds.
bool has_majority(const host::Host& host, const EtcdPod& etcd) {
  return run_etcdctl(host, etcd, {}, {"endpoint", "health", "--dial-timeout=3s", "--command-timeout=5s"})
             .status == 0;
}

bool answers(const host::Host& host, const std::string& address, const std::string& port) {
  return host.ask(host::connect_command(address, port)).status == 0;
}

void refuse_while_alive(const host::Host& host, const EtcdPod& etcd, const std::string& own_name) {
  if (has_majority(host, etcd)) {
    throw Error(
        ErrorKind::preflight, "etcd has its majority: nothing is lost that a snapshot would bring back",
        "to go back to what the snapshot holds all the same, and lose what came after it: --force, with the "
        "other masters turned off");
  }
  for (const survey::Host& other : survey::expected_of(host).site) {
    if (other.name != own_name && answers(host, other.address, "2380")) {
      throw Error(
          ErrorKind::preflight,
          fmt::format("the etcd of {} ({}) answers: with the cluster of this host there would be two",
                      other.name, other.address),
          fmt::format("turn {} off (it joins anew afterwards), or mend it: with a majority of the masters "
                      "etcd comes back by itself; --force does it all the same",
                      other.name));
    }
  }
}

/// The new data, whole and on disk, beside the old: the inode of its `member`.
std::uint64_t make_data(const host::Host& host, const EtcdPod& etcd, const std::string& snapshot) {
  host::remove_path(host, kStage);
  const std::string folder = stdfs::path(snapshot).parent_path().string();
  const CommandResult made = run_etcd_program(
      host, etcd, {{.folder = folder}, {.folder = kData, .is_writable = true}},
      {"etcdutl", "snapshot", "restore", snapshot, "--data-dir", kStage, "--name", etcd.name,
       "--initial-cluster", fmt::format("{}={}", etcd.name, etcd.peer_url), "--initial-advertise-peer-urls",
       etcd.peer_url, "--initial-cluster-token", fmt::format("restored-{}", host.now()), "--bump-revision",
       kBump, "--mark-compacted"});
  if (made.status != 0) {
    host::remove_path(host, kStage);
    throw Error(ErrorKind::step, describe_failure({.argv = {"etcdutl", "snapshot", "restore"}}, made),
                fmt::format("nothing was changed; {} needs room for the snapshot once more", kData));
  }
  ::sync();
  return inode_of(host, kStageMember);
}

void exchange(const host::Host& host) {
  if (::renameat2(AT_FDCWD, host.at(kMember).c_str(), AT_FDCWD, host.at(kStageMember).c_str(),
                  RENAME_EXCHANGE) != 0) {
    fail_errno("put the restored data in the place of", kMember, errno);
  }
  fsync_folder(host.at(kStage));
  fsync_folder(host.at(kData));
}

/// The new data in use, the old with a name of its own. Idempotent; the kubelet is stopped meanwhile, for it
/// would start etcd anew.
std::string use_data(const host::Host& host, const Mark& mark) {
  if (!is_in_use(host, mark)) {
    host.run({"systemctl", "stop", "kubelet.service"});
    stop_containers(host, control_plane());
    if (!host.exists(kMember)) {
      make_folders(host.at(kMember));
    }
    exchange(host);
  }
  std::string former = fmt::format("{}/replaced-{}", kData, mark.inode);
  if (host.exists(kStage)) {
    stdfs::rename(host.at(kStage), host.at(former));
    fsync_folder(host.at(kData));
  }
  return former;
}

void start_cluster(const host::Host& host) {
  host.run({"systemctl", "start", "kubelet.service"});
  host.log.info("waiting for the API server");
  wait_for_own_api(host);
}

struct Master {
  std::string name;
  std::string address;
};

std::vector<Master> other_masters(const host::Host& host, const std::string& own_name) {
  const CommandResult shown = host.run(cluster::own_kubectl(
      {"get", "nodes", "-l", "node-role.kubernetes.io/control-plane", "-o",
       R"(jsonpath={range .items[*]}{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end})"}));
  std::vector<Master> masters;
  for (const std::string_view line : split(shown.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (!words.empty() && words[0] != own_name) {
      masters.push_back(
          {.name = std::string(words[0]), .address = std::string(words.size() > 1 ? words[1] : "")});
    }
  }
  return masters;
}

/// kubeadm asks the pods of etcd where its members are: those of a dead master must not be among them.
void remove_master(const host::Host& host, const std::string& name) {
  host.run(cluster::own_kubectl({"delete", "--ignore-not-found", "--wait=false", "--", "node", name}));
  host.run(cluster::own_kubectl({"--namespace", "kube-system", "delete", "pods", "--field-selector",
                                 "spec.nodeName=" + name, "--force", "--grace-period=0", "--wait=false"}));
}

void forget_masters(const host::Host& host, const std::string& own_name, Restored& restored) {
  constexpr const char* kKubeletPort = "10250";
  for (const Master& master : other_masters(host, own_name)) {
    if (!master.address.empty() && answers(host, master.address, kKubeletPort)) {
      restored.alive.push_back(master.name);
    } else {
      remove_master(host, master.name);
      restored.gone.push_back(master.name);
    }
  }
}

/// Of an earlier restore with another snapshot.
void drop_mark(const host::Host& host, const Mark& mark) {
  if (is_in_use(host, mark)) {
    use_data(host, mark);  // what it has put aside gets its name
  }
  host::remove_path(host, kMark);
}

}  // namespace

Restored restore_etcd(const host::Host& host, const RestoreOrder& order) {
  const EtcdPod etcd = own_etcd(host);
  const SnapshotStatus status = check_snapshot(host, etcd, order.snapshot);
  std::optional<Mark> mark = read_mark(host);
  if (mark && mark->snapshot_sha256 != status.sha256) {
    drop_mark(host, *mark);
    mark.reset();
  }
  if (!mark) {
    if (!order.is_forced) {
      refuse_while_alive(host, etcd, etcd.name);
    }
    mark = Mark{.snapshot_sha256 = status.sha256, .inode = make_data(host, etcd, order.snapshot)};
    write_mark(host, *mark);
  }
  Restored restored{.revision = status.revision, .former_data = use_data(host, *mark)};
  start_cluster(host);
  forget_masters(host, etcd.name, restored);
  host::remove_path(host, kMark);
  return restored;
}

}  // namespace bundle::upkeep
