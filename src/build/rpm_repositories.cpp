#include "build/rpm_repositories.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>

#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "build/check_rpm.hpp"
#include "build/key_file.hpp"
#include "build/signature_policy.hpp"
#include "spec/nevra.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

const spec::LockedRepository& repository_of(const spec::Lock& lock, const std::string& id) {
  for (const spec::LockedRepository& repository : lock.repositories) {
    if (repository.id == id) {
      return repository;
    }
  }
  fail(ErrorKind::spec, "the lock names no repository '{}'", id);
}

void link_or_copy(const stdfs::path& from, const stdfs::path& to) {
  std::error_code error;
  stdfs::create_hard_link(from, to, error);
  if (error) {
    stdfs::copy_file(from, to);
  }
}

void set_mtime(const stdfs::path& file, std::int64_t seconds) {
  const std::array<timespec, 2> times = {
      {{.tv_sec = seconds, .tv_nsec = 0}, {.tv_sec = seconds, .tv_nsec = 0}}};
  if (::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) != 0) {
    fail_errno("set the time of", file.string(), errno);
  }
}

/// Writes repodata/ for a folder of packages. The files may be hard links into the cache, so another build
/// could set their times to another date meanwhile: one at a time.
void index_folder(const stdfs::path& folder, std::int64_t date, World& world) {
  const UniqueFd lock = open_file(world.cache_root / "createrepo.lock", OpenMode::create_or_open);
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      fail_errno("lock", "createrepo.lock in the cache", errno);
    }
  }
  for (const stdfs::directory_entry& entry : stdfs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      set_mtime(entry.path(), date);
    }
  }
  const std::string revision = std::to_string(date);
  run_checked(world.runner,
              {.argv = {"createrepo_c", "--quiet", "--no-database", "--general-compress-type=gz",
                        "--revision", revision, "--set-timestamp-to-revision", folder.string()},
               .timeout = std::chrono::seconds(3600)});
}

PlannedEntry from_file(const RelPath& path, const stdfs::path& file) {
  const std::string content = read_file(file, 1ull << 30);
  return {
      .path = path, .size_bytes = content.size(), .sha256 = sha256_hex(content), .source = FromFile{file}};
}

/// Hashes a file in pieces: packages may be large.
std::string hash_file(const stdfs::path& file) {
  Hasher hasher;
  std::vector<std::byte> buffer(1 << 20);
  if (!stream_file(file, bundle::file_size(file), buffer, [&](Bytes bytes) { hasher.update(bytes); })) {
    fail(ErrorKind::integrity, "{} became shorter while it was read", file.string());
  }
  return hasher.finish_hex();
}

void add_repodata(const stdfs::path& folder, const std::string& below, std::vector<PlannedEntry>& entries) {
  for (const std::string& name : list_folder(folder / below / "repodata")) {
    const std::string path = below + "/repodata/" + name;
    entries.push_back(from_file(RelPath(path), folder / path));
  }
}

void add_keys(const spec::Lock& lock, World& world, std::vector<PlannedEntry>& entries) {
  for (const spec::LockedRepository& repository : lock.repositories) {
    for (const spec::LockedKey& key : repository.keys) {
      const store::Fetched fetched = fetch_key(key.key, key.sha256, world);
      entries.push_back({.path = RelPath("rpms/keys/" + repository.id + "-" + key.key.fingerprint + ".asc"),
                         .size_bytes = fetched.size_bytes,
                         .sha256 = fetched.sha256_hex,
                         .source = FromFile{fetched.path}});
    }
  }
}

}  // namespace

RelPath package_path(const spec::LockedRpm& package, const spec::LockedRepository& repository) {
  const std::string folder = repository.signed_by == spec::SignedBy::repo ? "rpms/by-index/" : "rpms/signed/";
  std::string name = package.url.substr(package.url.rfind('/') + 1);
  if (!package.url.starts_with(repository.url + "/") || !name.ends_with(".rpm")) {
    const std::optional<spec::Nevra> nevra = spec::parse_nevra(package.nevra);
    name = nevra ? nevra->nvra() + ".rpm" : name;
  }
  return RelPath(folder + repository.id + "/" + name);
}

StagedRepositories stage_repositories(const spec::Lock& lock, const spec::Target& target,
                                      const stdfs::path& folder, World& world) {
  StagedRepositories staged;
  if (lock.rpms.empty()) {
    return staged;
  }
  make_folders(folder / "rpms/signed");
  make_folders(folder / "rpms/by-index");
  staged.entries.resize(lock.rpms.size(), PlannedEntry{.path = RelPath("x"), .source = FromMemory{}});
  std::uint64_t total = 0;
  for (const spec::LockedRpm& package : lock.rpms) {
    make_folders(
        (folder / package_path(package, repository_of(lock, package.repository)).str()).parent_path());
    total += package.size_bytes;
  }
  {
    const ProgressTask task(world.progress, "fetching RPMs", total);
    PackageFetcher packages(lock.repositories, world);
    parallel_for(lock.rpms.size(), world.jobs, [&](std::size_t i) {
      const spec::LockedRpm& package = lock.rpms[i];
      const spec::LockedRepository& repository = repository_of(lock, package.repository);
      const RelPath path = package_path(package, repository);
      const stdfs::path file = folder / path.str();
      link_or_copy(packages.fetch(package), file);
      if (repository.signed_by != spec::SignedBy::repo) {
        require_signatures_of(package, file, target);
      }
      staged.entries[i] = {
          .path = path,
          .size_bytes = package.size_bytes,
          .sha256 = package.checksum_kind == HashKind::sha256 ? package.checksum : hash_file(file),
          .roles = package.roles,
          .source = FromFile{file}};
      world.progress.advance(package.size_bytes);
    });
  }
  for (std::size_t i = 0; i < lock.rpms.size(); ++i) {
    const spec::LockedRpm& package = lock.rpms[i];
    staged.rpms.push_back({.nevra = package.nevra,
                           .path = staged.entries[i].path.str(),
                           .repository = package.repository,
                           .roles = package.roles,
                           .trust = spec::to_string(repository_of(lock, package.repository).signed_by),
                           .why = package.why});
  }
  const std::int64_t date = parse_utc(lock.locked_at).value_or(0);
  for (const std::string& below : {std::string("rpms/signed"), std::string("rpms/by-index")}) {
    index_folder(folder / below, date, world);
    add_repodata(folder, below, staged.entries);
  }
  add_keys(lock, world, staged.entries);
  return staged;
}

}  // namespace bundle::build
