#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

/// Every installed RPM as `name-[epoch:]version-release.arch`, epoch only when not 0, sorted; public keys
/// left out. `dbpath` is the database's folder (PrivateRpmdb, since even a query may write beside the real
/// one). Throws Error(step) when rpm fails.
std::vector<std::string> rpmdb_packages(const Host& host, const std::string& dbpath);

/// Enabled module streams, `name:stream`, sorted.
std::vector<std::string> enabled_modules(const Host& host);

}  // namespace bundle::host
