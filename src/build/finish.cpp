#include "build/finish.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "base/fs.hpp"
#include "build/fill.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

void write_signature(const std::string& content, std::string_view name, const signing::PrivateKey& key,
                     const stdfs::path& folder) {
  const stdfs::path file = folder / format::signature_name(name, key.public_key().id());
  constexpr std::uint64_t kMaxSignatureBytes = 4096;
  if (stdfs::exists(file)) {
    const std::string there = read_file(file, kMaxSignatureBytes);
    if (key.public_key().verifies(as_bytes(content), as_bytes(there))) {
      return;
    }
  }
  write_file_atomically(file, key.sign(as_bytes(content)));
}

}  // namespace

InstallerFile load_installer() {
  const char* named = std::getenv("BUNDLE_ONSITE");
  std::error_code error;
  stdfs::path path = named == nullptr
                         ? stdfs::read_symlink("/proc/self/exe", error).parent_path() / "bundle-onsite"
                         : stdfs::path(named);
  if (!stdfs::is_regular_file(path)) {
    throw Error(ErrorKind::usage, fmt::format("cannot find the installer {}", path.string()),
                "it is built and installed beside `bundle`; BUNDLE_ONSITE=FILE names another place");
  }
  std::string content = read_file(path, format::kMaxInstallerBytes);
  return {.path = std::move(path), .content = std::move(content)};
}

void sign_bundle(const Plan& plan, const InstallerFile& installer, const signing::PrivateKey& key,
                 const stdfs::path& folder) {
  write_signature(installer.content, format::kInstallerName, key, folder);
  write_signature(plan.index_json, format::kIndexName, key, folder);
}

void finish_bundle(const Plan& plan, const InstallerFile& installer,
                   const std::optional<signing::PrivateKey>& key, const stdfs::path& partial,
                   const stdfs::path& folder) {
  write_file_atomically(partial / format::kInstallerName, installer.content, 0755);
  write_file_atomically(partial / format::kIndexName, plan.index_json);
  if (key) {
    sign_bundle(plan, installer, *key, partial);
  }
  fsync_folder(partial);
  if (::rename(partial.c_str(), folder.c_str()) != 0) {
    fail_errno("rename to", folder.string(), errno);
  }
  stdfs::remove(folder / kJournalName);  // not before: without it a build begins anew
  fsync_folder(stdfs::absolute(folder).parent_path());
}

bool is_built(const Plan& plan, const InstallerFile& installer, const stdfs::path& folder) {
  if (!stdfs::exists(folder) || stdfs::is_empty(folder)) {
    return false;
  }
  const auto has = [&](const std::string& name, std::uint64_t size_bytes) {
    return stdfs::is_regular_file(folder / name) && bundle::file_size(folder / name) == size_bytes;
  };
  const std::string index_name(format::kIndexName);
  const std::string installer_name(format::kInstallerName);
  bool is_same = has(index_name, plan.index_json.size()) && has(installer_name, installer.content.size()) &&
                 read_file(folder / index_name, format::kMaxIndexBytes) == plan.index_json &&
                 read_file(folder / installer_name, format::kMaxInstallerBytes) == installer.content;
  for (const format::Part& part : plan.index.parts) {
    is_same = is_same && has(part.name, part.size_bytes);
  }
  if (!is_same) {
    throw Error(ErrorKind::usage, fmt::format("{} is there already, and is not this bundle", folder.string()),
                "move it away (it still serves as --reuse), or give another --out");
  }
  stdfs::remove(folder / kJournalName);  // of a build that was killed in its last step
  return true;
}

}  // namespace bundle::build
