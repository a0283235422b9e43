#include "build/finish.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "build/fill.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

bool has_signed(const signing::PrivateKey& key, const std::string& content, std::string_view name,
                const stdfs::path& folder) {
  const stdfs::path file = folder / format::signature_name(name, key.public_key().id());
  return stdfs::exists(file) &&
         key.public_key().verifies(as_bytes(content), as_bytes(read_file(file, format::kMaxSignatureBytes)));
}

void write_signature(const std::string& content, std::string_view name, const signing::PrivateKey& key,
                     const stdfs::path& folder) {
  if (!has_signed(key, content, name, folder)) {
    write_file_atomically(folder / format::signature_name(name, key.public_key().id()),
                          key.sign(as_bytes(content)));
  }
}

/// The index in a folder, when it is this plan's but for the digests of the parts, which it has.
std::optional<SealedIndex> index_there(const Plan& plan, const stdfs::path& folder) {
  const stdfs::path file = folder / format::kIndexName;
  if (!stdfs::is_regular_file(file)) {
    return std::nullopt;
  }
  try {
    const std::string text = read_file(file, format::kMaxIndexBytes);
    std::vector<std::string> digests;
    for (const format::Part& part : format::parse_index(text, file.string()).parts) {
      digests.push_back(part.sha256);
    }
    if (digests.size() != plan.index.parts.size() || digests.front().empty()) {
      return std::nullopt;
    }
    SealedIndex sealed = seal_index(plan, digests);
    return sealed.json == text ? std::optional(std::move(sealed)) : std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) {
      throw;
    }
    return std::nullopt;  // no index, or a newer one
  }
}

std::string sha256_of(const stdfs::path& file, Progress& progress) {
  std::vector<std::byte> buffer(1 << 20);
  Hasher hasher;
  // One that becomes shorter meanwhile has another digest.
  stream_file(file, bundle::file_size(file), buffer, [&](Bytes bytes) {
    check_interrupt();
    hasher.update(bytes);
    progress.advance(bytes.size());
  });
  return hasher.finish_hex();
}

void check_part_digests(const format::Index& index, const stdfs::path& folder, World& world) {
  std::uint64_t total = 0;
  for (const format::Part& part : index.parts) {
    total += part.size_bytes;
  }
  const ProgressTask task(world.progress, "checking the parts that are there", total);
  parallel_for(index.parts.size(), world.jobs, [&](std::size_t i) {
    const stdfs::path file = folder / index.parts[i].name;
    if (sha256_of(file, world.progress) != index.parts[i].sha256) {
      throw Error(ErrorKind::integrity, fmt::format("{} is not what its index says", file.string()),
                  fmt::format("move {} away and build again", folder.string()));
    }
  });
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

void sign_bundle(const SealedIndex& index, const InstallerFile& installer, const signing::PrivateKey& key,
                 const stdfs::path& folder) {
  write_signature(installer.content, format::kInstallerName, key, folder);
  write_signature(index.json, format::kIndexName, key, folder);
}

void finish_bundle(const SealedIndex& index, const InstallerFile& installer,
                   const std::optional<signing::PrivateKey>& key, const stdfs::path& partial,
                   const stdfs::path& folder) {
  write_file_atomically(partial / format::kInstallerName, installer.content, 0755);
  write_file_atomically(partial / format::kIndexName, index.json);
  if (key) {
    sign_bundle(index, installer, *key, partial);
  }
  fsync_folder(partial);
  if (::rename(partial.c_str(), folder.c_str()) != 0) {
    fail_errno("rename to", folder.string(), errno);
  }
  stdfs::remove(folder / kJournalName);  // not before: without it a build begins anew
  fsync_folder(stdfs::absolute(folder).parent_path());
}

std::optional<SealedIndex> find_built(const Plan& plan, const InstallerFile& installer,
                                      const std::optional<signing::PrivateKey>& key,
                                      const stdfs::path& folder, World& world) {
  if (!stdfs::exists(folder) || stdfs::is_empty(folder)) {
    return std::nullopt;
  }
  std::optional<SealedIndex> index = index_there(plan, folder);
  const std::string installer_name(format::kInstallerName);
  const auto has = [&](const std::string& name, std::uint64_t size_bytes) {
    return stdfs::is_regular_file(folder / name) && bundle::file_size(folder / name) == size_bytes;
  };
  bool is_same = index && has(installer_name, installer.content.size()) &&
                 read_file(folder / installer_name, format::kMaxInstallerBytes) == installer.content;
  for (const format::Part& part : plan.index.parts) {
    is_same = is_same && has(part.name, part.size_bytes);
  }
  if (!is_same) {
    throw Error(ErrorKind::usage, fmt::format("{} is there already, and is not this bundle", folder.string()),
                "move it away (it still serves as --reuse), or give another --out");
  }
  if (!key || !has_signed(*key, index->json, format::kIndexName, folder)) {
    check_part_digests(format::parse_index(index->json, folder.string()), folder, world);
  }
  stdfs::remove(folder / kJournalName);  // of a build that was killed in its last step
  return index;
}

}  // namespace bundle::build
