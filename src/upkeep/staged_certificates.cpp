#include "upkeep/staged_certificates.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "host/removal.hpp"
#include "survey/certificates.hpp"
#include "survey/judge.hpp"

namespace bundle::upkeep {
namespace {

constexpr const char* kInUse = "/etc/kubernetes";
constexpr const char* kStage = "/etc/kubernetes/renewal";
/// Until all in it is renewed and checked.
constexpr const char* kPartial = "/etc/kubernetes/renewal.partial";
constexpr const char* kRootsKubeconfig = "/root/.kube/config";

/// What changes places. Source: kubeadm's phases/certs/renewal/manager.go, NewManager.
constexpr std::array<std::string_view, 5> kItems{"pki", "admin.conf", "super-admin.conf",
                                                 "controller-manager.conf", "scheduler.conf"};

/// kubeadm renews what lies in /etc/kubernetes and nowhere else; so in its own view the copy is there. Takes
/// the copy, what is in it, and the command, with "--" between.
constexpr const char* kInCopy = R"(set -e
copy=$1
shift
while [ "$1" != -- ]; do mount --bind "$copy/$1" "/etc/kubernetes/$1"; shift; done
shift
exec "$@")";

std::string path_of(std::string_view folder, std::string_view item) {
  return fmt::format("{}/{}", folder, item);
}

std::vector<std::string> items_in(const host::Host& host, std::string_view folder) {
  std::vector<std::string> found;
  for (const std::string_view item : kItems) {
    if (host.exists(path_of(folder, item))) {
      found.emplace_back(item);
    }
  }
  return found;
}

/// By name relative to the folder; what is not readable ends at 0.
std::map<std::string, std::int64_t> ends_in(const host::Host& host, const std::string& folder) {
  std::map<std::string, std::int64_t> ends;
  for (const survey::Certificate& one : survey::kubeadm_certificates(host, "", folder)) {
    if (!survey::is_authority(one)) {
      ends[one.name.substr(folder.size() + 1)] = one.ends.value_or(0);
    }
  }
  return ends;
}

/// When the first certificate of an item ends.
std::int64_t end_of(const std::map<std::string, std::int64_t>& ends, const std::string& item) {
  std::int64_t first = INT64_MAX;
  for (const auto& [name, end] : ends) {
    if (name == item || name.starts_with(item + "/")) {
      first = std::min(first, end);
    }
  }
  return first;
}

void copy_items(const host::Host& host) {
  make_folders(host.at(kPartial));
  std::vector<std::string> argv{"cp", "--archive", "--"};
  for (const std::string& item : items_in(host, kInUse)) {
    argv.push_back(path_of(kInUse, item));
  }
  argv.emplace_back(kPartial);
  host.run(std::move(argv));
}

std::string renew_copy(const host::Host& host) {
  std::vector<std::string> argv{"unshare", "--mount", "--propagation", "private", "bash",
                                "-c",      kInCopy,   "bash",          kPartial};
  for (const std::string& item : items_in(host, kPartial)) {
    argv.push_back(item);
  }
  argv.insert(argv.end(), {"--", "kubeadm", "certs", "renew", "all"});
  return host.run(std::move(argv)).out;
}

/// kubeadm passes over what it cannot renew (a CA without its key), and says so in words alone.
void require_renewed(const host::Host& host, const std::string& said) {
  const std::map<std::string, std::int64_t> before = ends_in(host, kInUse);
  const std::map<std::string, std::int64_t> after = ends_in(host, kPartial);
  std::vector<std::string> old;
  for (const auto& [name, end] : before) {
    const auto renewed = after.find(name);
    if (renewed == after.end() || renewed->second <= end) {
      old.push_back(name);
    }
  }
  if (!old.empty()) {
    throw Error(
        ErrorKind::step,
        fmt::format("kubeadm did not renew {}; nothing was changed\n{}", join(old, ", "),
                    printable(trim(said))),
        "the keys of the CAs must be in /etc/kubernetes/pki (ca.key, etcd/ca.key, front-proxy-ca.key); "
        "kubeadm certs check-expiration");
  }
}

void exchange(const host::Host& host, const std::string& item) {
  const std::string in_use = path_of(kInUse, item);
  const std::string staged = path_of(kStage, item);
  if (::renameat2(AT_FDCWD, host.at(in_use).c_str(), AT_FDCWD, host.at(staged).c_str(), RENAME_EXCHANGE) !=
      0) {
    const int error = errno;
    throw Error(ErrorKind::step,
                fmt::format("{} and {} cannot change places: {}", in_use, staged,
                            std::generic_category().message(error)),
                "/etc/kubernetes must be on one file system, with nothing mounted in it");
  }
}

}  // namespace

std::vector<survey::Certificate> due_certificates(const host::Host& host, std::int64_t days) {
  std::vector<survey::Certificate> due;
  for (survey::Certificate& one : survey::kubeadm_certificates(host, "", kInUse)) {
    if (!survey::is_authority(one) && one.ends && survey::days_left(*one.ends, host.now()) < days) {
      due.push_back(std::move(one));
    }
  }
  return due;
}

bool is_staged(const host::Host& host) { return host.exists(kStage); }

void stage_renewal(const host::Host& host) {
  host::remove_path(host, kPartial);
  try {
    copy_items(host);
    require_renewed(host, renew_copy(host));
    ::sync();
  } catch (const Error&) {
    host::remove_path(host, kPartial);
    throw;
  }
  std::filesystem::rename(host.at(kPartial), host.at(kStage));
  fsync_folder(host.at(kInUse));
}

void put_into_use(const host::Host& host, Stage stage) {
  const std::map<std::string, std::int64_t> in_use = ends_in(host, kInUse);
  const std::map<std::string, std::int64_t> staged = ends_in(host, kStage);
  for (const std::string& item : items_in(host, kStage)) {
    const std::int64_t here = end_of(in_use, item);
    const std::int64_t there = end_of(staged, item);
    if (stage == Stage::renewed ? there > here : there < here) {
      exchange(host, item);
    }
  }
  fsync_folder(host.at(kStage));
  fsync_folder(host.at(kInUse));
}

void renew_kubeconfig_of_root(const host::Host& host) {
  const std::optional<std::string> content = actions::content_of(host, kRootsKubeconfig);
  if (!content) {
    return;
  }
  const std::string former = path_of(kStage, "admin.conf");
  const std::string renewed = path_of(kInUse, "admin.conf");
  std::string made = *content;
  for (const std::string_view key : {"client-certificate-data", "client-key-data"}) {
    const std::string before = survey::user_text_at(host, former, key);
    const std::string after = survey::user_text_at(host, renewed, key);
    if (!before.empty() && !after.empty()) {
      made = replace_all(made, before, after);
    }
  }
  if (made != *content) {
    actions::put_file(host, {.path = kRootsKubeconfig, .content = made, .mode = 0600});
  }
}

void discard_stage(const host::Host& host) {
  host::remove_path(host, kStage);
  fsync_folder(host.at(kInUse));
}

}  // namespace bundle::upkeep
