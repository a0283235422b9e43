#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "format/index.hpp"
#include "signing/trust.hpp"

namespace bundle::format {

/// What this host trusts: keys, and the SHA-256 of an index that a person has brought on paper.
struct Trust {
  std::vector<signing::TrustedKey> keys;
  std::string expected_sha256;  ///< hex, empty: not given
};

/// An index whose signature has been checked. Only verify_index makes one, so that whoever takes it as an
/// argument cannot be given anything else.
class VerifiedIndex {
 public:
  const Index& index() const { return index_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Of bundle.json, hex.
  const std::string& sha256() const { return sha256_; }
  /// The trusted keys with a valid signature; empty when the expected SHA-256 alone vouches for it.
  const std::vector<signing::TrustedKey>& signers() const { return signers_; }

 private:
  friend VerifiedIndex verify_index(const std::vector<std::filesystem::path>& folders, const Trust& trust);
  VerifiedIndex(std::filesystem::path folder, std::string sha256, std::vector<signing::TrustedKey> signers,
                Index index)
      : folder_(std::move(folder)),
        sha256_(std::move(sha256)),
        signers_(std::move(signers)),
        index_(std::move(index)) {}

  std::filesystem::path folder_;
  std::string sha256_;
  std::vector<signing::TrustedKey> signers_;
  Index index_;
};

/// Reads bundle.json of the first folder that has one, once; checks `bundle.json.KEYID.sig` of each trusted
/// key; parses only then. Valid means: at least one trusted key verifies or the expected SHA-256 is met, no
/// signature of a trusted key fails, and an expected SHA-256 is not missed. Throws Error(integrity)
/// otherwise, Error(usage) when no folder has an index.
VerifiedIndex verify_index(const std::vector<std::filesystem::path>& folders, const Trust& trust);

/// Checks the file `bundle` against the index and `bundle.KEYID.sig` as verify_index does.
std::vector<Finding> check_installer(const VerifiedIndex& verified, const Trust& trust);

/// The very bytes of DIR/bundle.json, and what they say. For looking only: nothing vouches for it.
struct UnverifiedIndex {
  std::string text;
  Index index;
};
UnverifiedIndex read_unverified_index(const std::filesystem::path& folder);

}  // namespace bundle::format
