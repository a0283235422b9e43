#include "format/verified_index.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/plain_file.hpp"
#include "format/signed_file.hpp"

namespace bundle::format {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kThreeWays =
    "give the builder's public key with --key FILE, or put it into /etc/bundle/keys/ as NAME.pub, or give "
    "the "
    "index's SHA-256 that `bundle build` printed with --expect; a key from the same media proves nothing";

struct Found {
  stdfs::path folder;
  std::string text;
};

Found find_index(const std::vector<stdfs::path>& folders) {
  for (const stdfs::path& folder : folders) {
    if (std::optional<std::string> text = read_plain_file(folder / kIndexName, kMaxIndexBytes)) {
      return {folder, std::move(*text)};
    }
  }
  throw Error(
      ErrorKind::usage,
      fmt::format("there is no {} in {}", kIndexName, folders.empty() ? "" : folders.front().string()),
      "name the folder of a bundle");
}

std::string ids_of(const std::vector<signing::TrustedKey>& keys) {
  std::vector<std::string> ids;
  for (const signing::TrustedKey& trusted : keys) {
    ids.push_back(trusted.key.id());
  }
  return join(ids, ", ");
}

/// Whether the digest on paper vouches for the index; throws when it speaks against it.
bool meets_expected(const Trust& trust, const std::string& sha256) {
  if (trust.expected_sha256.empty()) {
    return false;
  }
  if (trust.expected_sha256 != sha256) {
    fail(ErrorKind::integrity, "{} has the SHA-256 {}, but {} was expected", kIndexName, sha256,
         trust.expected_sha256);
  }
  return true;
}

}  // namespace

VerifiedIndex verify_index(const std::vector<stdfs::path>& folders, const Trust& trust) {
  if (trust.keys.empty() && trust.expected_sha256.empty()) {
    throw Error(ErrorKind::integrity, "there is no trusted key to verify this bundle with",
                std::string(kThreeWays));
  }
  Found found = find_index(folders);
  std::string sha256 = sha256_hex(found.text);
  const bool is_expected = meets_expected(trust, sha256);
  std::vector<signing::TrustedKey> signers = valid_signers(found.folder, kIndexName, found.text, trust);
  if (signers.empty() && !is_expected) {
    throw Error(ErrorKind::integrity,
                fmt::format("no trusted key has signed the {} in {} (trusted: {})", kIndexName,
                            found.folder.string(), ids_of(trust.keys)),
                std::string(kThreeWays));
  }
  Index index = parse_index(found.text, (found.folder / kIndexName).string());
  return {std::move(found.folder), std::move(sha256), std::move(signers), std::move(index)};
}

std::vector<Finding> check_installer(const VerifiedIndex& verified, const Trust& trust) {
  const stdfs::path path = verified.folder() / kInstallerName;
  const Installer& expected = verified.index().installer;
  const auto fault = [&](std::string message, std::string hint = {}) {
    return std::vector<Finding>{
        {.position = {.file = path.string()}, .message = std::move(message), .hint = std::move(hint)}};
  };
  try {
    const std::optional<std::string> content = read_plain_file(path, kMaxInstallerBytes);
    if (!content) {
      return fault("the installer is missing");
    }
    if (content->size() != expected.size_bytes) {
      return fault(
          fmt::format("the installer has {} bytes instead of {}", content->size(), expected.size_bytes));
    }
    if (sha256_hex(*content) != expected.sha256) {
      return fault("the installer is not the one that the index names: its SHA-256 differs");
    }
    const std::vector<signing::TrustedKey> signers =
        valid_signers(verified.folder(), kInstallerName, *content, trust);
    if (signers.empty() && !verified.signers().empty()) {
      return fault("no trusted key has signed the installer",
                   fmt::format("{} is missing: `bundle sign` makes it",
                               signature_name(kInstallerName, verified.signers().front().key.id())));
    }
    return {};
  } catch (const Error& error) {
    return fault(error.message(), error.hint());
  }
}

UnverifiedIndex read_unverified_index(const stdfs::path& folder) {
  Found found = find_index({folder});
  Index index = parse_index(found.text, (folder / kIndexName).string());
  return {.text = std::move(found.text), .index = std::move(index)};
}

}  // namespace bundle::format
