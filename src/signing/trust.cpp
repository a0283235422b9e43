#include "signing/trust.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::signing {
namespace {

/// What is in the host's folder of keys is trusted without a word, so nobody but root may have put it there.
void require_of_root(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    fail_errno("look at", path.string(), errno);
  }
  const bool is_ours = status.st_uid == 0 || status.st_uid == ::geteuid();
  if (!is_ours || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("{} could be changed by others (owner {}, mode {:04o}): its keys are not trusted",
                    path.string(), status.st_uid, status.st_mode & 07777u),
        fmt::format("look whether it is still what you put there, then: chown root {0}; chmod go-w {0}",
                    path.string()));
  }
}

}  // namespace

std::vector<TrustedKey> load_trusted_keys(const std::vector<std::string>& files,
                                          const std::filesystem::path& root) {
  std::vector<std::filesystem::path> paths(files.begin(), files.end());
  const std::filesystem::path folder = root / "etc/bundle/keys";
  if (std::filesystem::is_directory(folder)) {
    require_of_root(folder.parent_path());
    require_of_root(folder);
    for (const std::string& name : list_folder(folder)) {
      if (name.ends_with(".pub")) {
        require_of_root(folder / name);
        paths.push_back(folder / name);
      }
    }
  }
  std::vector<TrustedKey> keys;
  for (const std::filesystem::path& path : paths) {
    PublicKey key = load_public_key(path);
    const bool is_known = std::any_of(keys.begin(), keys.end(),
                                      [&](const TrustedKey& other) { return other.key.id() == key.id(); });
    if (!is_known) {
      keys.push_back({std::move(key), path.string()});
    }
  }
  return keys;
}

}  // namespace bundle::signing
