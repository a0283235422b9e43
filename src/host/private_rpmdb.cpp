#include "host/private_rpmdb.hpp"

#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::host {

namespace {

/// /run, which is a tmpfs; who may not write there is no root, and then takes the usual temporary folder.
std::filesystem::path default_parent(const Host& host) {
  const std::filesystem::path run = host.at("/run");
  return ::access(run.c_str(), W_OK) == 0 ? run : std::filesystem::path();
}

}  // namespace

std::string rpmdb_folder(const Host& host) {
  return std::string(trim(host.run({"rpm", "--eval", "%{_dbpath}"}).out));
}

PrivateRpmdb::PrivateRpmdb(const Host& host, const std::filesystem::path& parent)
    : work_(parent.empty() ? default_parent(host) : parent) {
  const std::filesystem::path dbpath = rpmdb_folder(host);
  const std::filesystem::path source = host.at(dbpath.string());
  folder_ = work_.path() / dbpath.relative_path();
  make_folders(folder_);
  std::error_code error;
  for (std::filesystem::directory_iterator it(source, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    // __db.001 … is Berkeley DB's environment: it belongs to the processes that have the original open.
    if (it->is_regular_file() && !name.starts_with("__db.") && !name.starts_with(".")) {
      std::filesystem::copy_file(it->path(), folder_ / name, error);
    }
  }
  if (error) {
    fail_errno("copy the RPM database from", source.string(), error.value());
  }
}

}  // namespace bundle::host
