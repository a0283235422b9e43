#include "install/site_file.hpp"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "format/signed_file.hpp"

namespace bundle::install {
namespace {

namespace stdfs = std::filesystem;

std::string sign_hint(const stdfs::path& file) {
  return fmt::format("at home: bundle sign {} --key KEY", file.filename().string());
}

std::vector<std::string> signature_ids(const stdfs::path& file) {
  return format::signature_ids(file.parent_path(), file.filename().string());
}

/// The folder that a path leads into, without links.
stdfs::path folder_of(const stdfs::path& file) {
  std::error_code error;
  const stdfs::path folder = file.parent_path().empty() ? stdfs::path(".") : file.parent_path();
  stdfs::path made = stdfs::canonical(folder, error);
  return error ? folder : made;
}

bool is_within(const stdfs::path& path, const stdfs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// Whether two paths are on one file system of a kind that sticks and discs have, and hosts do not.
bool are_on_one_medium(const stdfs::path& one, const stdfs::path& other) {
  constexpr std::array<std::int64_t, 4> kMedia = {0x4d44, 0x2011bab0, 0x9660,
                                                  0x15013346};  // FAT, exFAT, ISO, UDF
  struct stat first{};
  struct stat second{};
  struct statfs kind{};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && ::statfs(one.c_str(), &kind) == 0 &&
         std::find(kMedia.begin(), kMedia.end(), static_cast<std::int64_t>(kind.f_type)) != kMedia.end();
}

/// In the bundle's folder, next to it, or elsewhere on its medium: whoever had the one had the other.
bool is_beside(const stdfs::path& file, const std::vector<stdfs::path>& folders) {
  std::error_code error;
  const stdfs::path real = stdfs::canonical(file, error);
  const stdfs::path own = folder_of(error ? file : real);
  return std::any_of(folders.begin(), folders.end(), [&](const stdfs::path& folder) {
    const stdfs::path bundle = folder_of(folder / "x");
    return is_within(own, bundle) || own == bundle.parent_path() || are_on_one_medium(file, folder);
  });
}

/// The trusted keys that have signed a file; none when nobody has, or when there is no key to check with.
std::vector<signing::TrustedKey> signers_of(const stdfs::path& file, std::string_view content,
                                            const format::Trust& trust) {
  std::vector<signing::TrustedKey> signers =
      format::valid_signers(file.parent_path(), file.filename().string(), content, trust);
  const std::vector<std::string> ids = signature_ids(file);
  if (signers.empty() && !ids.empty() && !trust.keys.empty()) {
    throw Error(ErrorKind::integrity,
                fmt::format("{} is signed by {}, which is not trusted here", file.string(), join(ids, ", ")),
                "give that public key with --key as well, or have the file signed with a trusted key");
  }
  return signers;
}

/// Checks the signatures of the files that a site file names, which each must have where that one is signed.
/// A file that is not there is a finding of preflight.
void check_named_files(const format::Trust& trust, site::Site& site) {
  const bool is_signed = site.origin == site::SiteOrigin::signed_by_trusted;
  for (const site::NamedFile& file : site::named_files(site)) {
    std::error_code error;
    if (!stdfs::is_regular_file(file.path, error)) {
      continue;
    }
    const std::string content = read_file(file.path, site::kMaxNamedBytes);
    if (!signers_of(file.path, content, trust).empty()) {
      site.signed_files[file.path] = sha256_hex(content);
    } else if (is_signed) {
      throw Error(ErrorKind::integrity,
                  fmt::format("{} is signed, but {}, {} that it names, are not", site.file.string(),
                              file.path.string(), file.what),
                  sign_hint(site.file) + ", which signs both");
    }
  }
}

}  // namespace

site::Site read_site_file(const stdfs::path& file, const std::vector<stdfs::path>& folders,
                          const format::Trust& trust) {
  const std::string text = site::site_text(file);
  const bool is_signed = !signers_of(file, text, trust).empty();
  site::Site site = site::read_site(text, file);
  if (is_signed) {
    site.origin = site::SiteOrigin::signed_by_trusted;
  } else if (!signature_ids(file).empty()) {
    site.origin = site::SiteOrigin::unchecked;
  } else if (is_beside(file, folders)) {
    site.origin = site::SiteOrigin::on_media;
  }
  check_named_files(trust, site);
  return site;
}

std::string named_content(const site::Site& site, const stdfs::path& file) {
  std::string content = read_file(file, site::kMaxNamedBytes);
  const auto known = site.signed_files.find(file);
  const bool is_known = known != site.signed_files.end();
  const bool is_same = is_known && known->second == sha256_hex(content);
  if (!is_same && (is_known || site.origin == site::SiteOrigin::signed_by_trusted)) {
    fail(ErrorKind::integrity, "{} is no longer what was signed", file.string());
  }
  return content;
}

bool is_of_site(const site::Site& site, const stdfs::path& file) {
  std::vector<stdfs::path> own;
  if (!site.file.empty()) {
    own.push_back(site.file);
  }
  for (const site::NamedFile& named : site::named_files(site)) {
    own.push_back(named.path);
  }
  return std::any_of(own.begin(), own.end(), [&](const stdfs::path& one) {
    const std::string name = one.filename().string();
    const bool is_named = file.filename() == name || format::is_signature_of(file.filename().string(), name);
    return is_named && folder_of(file) == folder_of(one);
  });
}

}  // namespace bundle::install
