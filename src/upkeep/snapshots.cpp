#include "upkeep/snapshots.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "host/removal.hpp"

namespace bundle::upkeep {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kPrefix = "etcd-";
constexpr std::string_view kSuffix = ".db";
constexpr std::string_view kPartial = ".db.partial";
/// etcdctl's own, of what it is still fetching. Source: client/v3/snapshot/v3_snapshot.go.
constexpr std::string_view kPartialOfPartial = ".db.partial.part";
constexpr std::string_view kDatabase = "/var/lib/etcd/member/snap/db";
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kPageBytes = 512;

/// `20261127T020000Z`: sorts as time does, and any file system takes it.
std::string name_at(std::int64_t now) {
  return fmt::format("{}{}{}", kPrefix, replace_all(replace_all(format_utc(now), "-", ""), ":", ""), kSuffix);
}

bool is_snapshot(std::string_view name) { return name.starts_with(kPrefix) && name.ends_with(kSuffix); }

/// A folder that somebody has made keeps its mode.
void make_private(const host::Host& host, const std::string& folder) {
  if (host.exists(folder)) {
    return;
  }
  make_folders(host.at(folder));
  if (::chmod(host.at(folder).c_str(), S_IRWXU) != 0) {
    fail_errno("set the mode of", folder, errno);
  }
}

void remove_leftovers(const host::Host& host, const std::string& folder) {
  for (const std::string& name : host.list(folder)) {
    if (name.starts_with(kPrefix) && (name.ends_with(kPartial) || name.ends_with(kPartialOfPartial))) {
      host::remove_path(host, folder + "/" + name);
    }
  }
}

[[noreturn]] void fail_for_space(const std::string& folder, const std::string& said) {
  throw Error(
      ErrorKind::no_space, fmt::format("no snapshot of etcd was taken: {}: {}", folder, said),
      "make room there, keep fewer (etcd: {keep: …} in site.yml), or name another disk (etcd: {to: …}); "
      "the earlier snapshots are all there");
}

/// Before etcd is asked: a disk that it shares must not be filled.
void require_room(const host::Host& host, const std::string& folder) {
  std::error_code unknown;
  const std::uintmax_t needed = stdfs::file_size(host.at(kDatabase), unknown);
  const std::uint64_t free = free_space_bytes(host.at(folder));
  if (!unknown && free < needed) {
    fail_for_space(
        folder, fmt::format("the database has {}, and {} are free", format_size(needed), format_size(free)));
  }
}

void save(const host::Host& host, const EtcdPod& etcd, const std::string& folder,
          const std::string& partial) {
  const CommandResult saved =
      run_etcdctl(host, etcd, {{.folder = folder, .is_writable = true}}, {"snapshot", "save", partial});
  if (saved.status == 0) {
    return;
  }
  if (saved.err.find("no space left on device") != std::string::npos) {
    fail_for_space(folder, "the disk is full");
  }
  throw Error(ErrorKind::step,
              fmt::format("etcd gave no snapshot: {}",
                          describe_failure({.argv = {"etcdctl", "snapshot", "save"}}, saved)),
              "kubectl -n kube-system logs -l component=etcd; the earlier snapshots are all there");
}

/// The name appears when the content is checked and on disk.
void give_name(const host::Host& host, const std::string& partial, const std::string& path) {
  if (::chmod(host.at(partial).c_str(), S_IRUSR | S_IWUSR) != 0) {
    fail_errno("set the mode of", partial, errno);
  }
  fsync_file(open_file(host.at(partial), OpenMode::read).get(), partial);
  stdfs::rename(host.at(partial), host.at(path));
  fsync_folder(host.at(path).parent_path());
}

/// By their names, which a clock that was set back may have put in another order: `newest` stays in any case.
void remove_old(const host::Host& host, const SnapshotOrder& order, const std::string& newest) {
  std::vector<std::string> names;
  for (const std::string& name : host.list(order.folder)) {
    if (is_snapshot(name) && name != newest) {
      names.push_back(name);
    }
  }
  for (std::size_t i = 0; i + order.keep <= names.size(); ++i) {
    host::remove_path(host, order.folder + "/" + names[i]);
  }
}

[[noreturn]] void fail_damaged(const std::string& path, const std::string& what) {
  throw Error(ErrorKind::integrity, fmt::format("{} is no whole snapshot of etcd: {}", path, what),
              "take another one; `bundle etcd snapshot` makes one of an etcd that runs");
}

/// A snapshot ends with the SHA-256 of all before: returns that. Source: etcdutl's v3_snapshot.go,
/// hasChecksum, saveDB.
std::string check_hash(const host::Host& host, const std::string& path) {
  const stdfs::path file = host.at(path);
  if (!stdfs::is_regular_file(file)) {
    fail(ErrorKind::usage, "there is no file {}", path);
  }
  const std::uint64_t size_bytes = bundle::file_size(file);
  if (size_bytes % kPageBytes != kHashBytes) {
    fail_damaged(path, "it does not end with its SHA-256, as what `etcdctl snapshot save` makes does");
  }
  constexpr std::size_t kBufferBytes = 1 << 20;
  std::vector<std::byte> buffer(kBufferBytes);
  Hasher hasher;
  std::string end;
  std::uint64_t left = size_bytes - kHashBytes;
  const ProgressTask task(host.progress, "reading " + path, size_bytes);
  const bool is_whole = stream_file(file, size_bytes, buffer, [&](Bytes bytes) {
    const std::size_t data = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
    hasher.update(bytes.first(data));
    left -= data;
    end += as_text(bytes.subspan(data));
    host.progress.advance(bytes.size());
  });
  std::string sha256 = hasher.finish_hex();
  if (!is_whole || sha256 != to_hex(as_bytes(end))) {
    fail_damaged(path, "its content is not what the SHA-256 at its end says");
  }
  return sha256;
}

}  // namespace

SnapshotStatus check_snapshot(const host::Host& host, const EtcdPod& etcd, const std::string& path) {
  std::string sha256 = check_hash(host, path);
  const std::string folder = stdfs::path(path).parent_path().string();
  const CommandResult shown = run_etcd_program(host, etcd, {{.folder = folder}},
                                               {"etcdutl", "snapshot", "status", path, "--write-out=json"});
  if (shown.status != 0) {
    fail_damaged(path, describe_failure({.argv = {"etcdutl", "snapshot", "status"}}, shown));
  }
  const json::Value status = json::parse(shown.out, "the status of " + path, ErrorKind::step);
  return {.revision = static_cast<std::uint64_t>(json::number_at(status, "revision")),
          .keys = static_cast<std::uint64_t>(json::number_at(status, "totalKey")),
          .sha256 = std::move(sha256)};
}

std::string take_snapshot(const host::Host& host, const SnapshotOrder& order) {
  const EtcdPod etcd = own_etcd(host);
  make_private(host, order.folder);
  remove_leftovers(host, order.folder);
  require_room(host, order.folder);
  const std::string name = name_at(host.now());
  const std::string path = order.folder + "/" + name;
  const std::string partial = path + ".partial";
  try {
    save(host, etcd, order.folder, partial);
    check_snapshot(host, etcd, partial);
  } catch (const Error&) {
    remove_leftovers(host, order.folder);
    throw;
  }
  give_name(host, partial, path);
  remove_old(host, order, name);
  return path;
}

}  // namespace bundle::upkeep
