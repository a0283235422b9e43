#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "openpgp/listing.hpp"

namespace bundle::openpgp {

struct ClearSigned {
  std::vector<Signature> signatures;
  std::string content;
};

/// gpg in a private home, which has no configuration, starts no agent and asks no server. `runner` must
/// outlive it. Everything throws Error(usage) when there is no gpg.
class Gpg {
 public:
  explicit Gpg(CommandRunner& runner) : runner_(&runner) {}

  /// The certificates of a key file (armored blocks, or binary), with what gpg found good of each. Keys that
  /// gpg does not know (version 6) are left out. Throws Error(integrity) for a file that is too large.
  std::vector<Certificate> show_keys(std::string_view key_file) const;

  /// One certificate of a key file, in binary: what carries a good self-signature, and nothing else. Empty
  /// when nothing is left.
  std::string extract_key(std::string_view key_file, const std::string& fingerprint) const;

  /// Checks the detached signatures in `signature` (armored or binary) over a file with the keys in `keyring`
  /// (binary) and no others.
  std::vector<Signature> verify(const std::filesystem::path& content, std::string_view signature,
                                std::string_view keyring) const;

  /// A clear-signed message: its signatures, and what they are over. No signature when gpg found anything
  /// else with it, or none at all.
  ClearSigned read_clearsigned(std::string_view message, std::string_view keyring) const;

 private:
  CommandResult run(std::vector<std::string> words, std::string_view input) const;
  /// With these keys and no others; what gpg says of signatures comes on stdout.
  CommandResult run_with_keys(std::string_view keyring, std::vector<std::string> words) const;

  CommandRunner* runner_;
  TempDir home_;
};

}  // namespace bundle::openpgp
