#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/fs.hpp"
#include "host/host.hpp"

namespace bundle::host {

/// The folder of the RPM database, as rpm's configuration has it. Throws Error(usage) when there is no rpm.
std::string rpmdb_folder(const Host& host);

/// A copy of the host's RPM database on the tmpfs of /run, removed at the end. Whoever only looks takes this:
/// opening the real one, even for a query, makes files beside it (sqlite's -wal and -shm, rpm's lock).
class PrivateRpmdb {
 public:
  /// Below `parent` (a path of this program, not of the host's root) or, without one, below /run. Throws as
  /// TempDir does.
  explicit PrivateRpmdb(const Host& host, const std::filesystem::path& parent = {});
  /// What `rpm --dbpath` takes.
  std::string folder() const { return folder_.string(); }
  /// A root folder that has nothing but this database, where the host has it: what `dnf --installroot` takes.
  std::string root() const { return work_.path().string(); }

 private:
  TempDir work_;
  std::filesystem::path folder_;
};

}  // namespace bundle::host
