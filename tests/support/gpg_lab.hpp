#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "openpgp/keyring.hpp"

namespace bundle::test {

/// Makes OpenPGP keys and signatures with gpg in a temporary folder.
class GpgLab {
 public:
  GpgLab();
  ~GpgLab();
  GpgLab(const GpgLab&) = delete;
  GpgLab& operator=(const GpgLab&) = delete;

  /// Whether gpg is there; else the test is told to be skipped.
  static bool is_possible();
  /// gpg with more arguments, in batch mode and without passphrases; what it prints.
  std::string gpg(std::vector<std::string> arguments, const std::string& input = {});
  /// Any program, with this home.
  std::string run(std::vector<std::string> argv, const std::string& input = {});

  /// A signing key that expires after a year; `options` are more of gpg's.
  openpgp::KeyFile make_key(const std::string& name, const std::vector<std::string>& options = {});
  /// The same key as it is now, armored.
  openpgp::KeyFile export_key(const openpgp::KeyFile& key);
  /// Its certificate in binary.
  std::string export_binary(const openpgp::KeyFile& key);
  /// The fingerprints of a key and its subkeys.
  std::vector<std::string> fingerprints(const std::string& name);
  void revoke(const openpgp::KeyFile& key);
  /// An armored detached signature; `options` are more of gpg's.
  std::string sign(const std::string& text, const std::string& key,
                   const std::vector<std::string>& options = {});

  const std::filesystem::path& folder() const { return folder_.path(); }
  CommandRunner& runner() { return runner_; }

 private:
  TempDir folder_;
  PosixRunner runner_;
};

/// A packet of OpenPGP data in binary, as `gpg --list-packets` tells it.
struct ListedPacket {
  int tag = 0;
  std::size_t offset = 0;
  std::size_t size = 0;
};
std::vector<ListedPacket> list_packets(GpgLab& lab, const std::string& binary);

/// The certificate with one bit of its first signature changed.
std::string with_broken_signature(GpgLab& lab, std::string binary);

}  // namespace bundle::test
