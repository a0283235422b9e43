#pragma once

#include <filesystem>
#include <string>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "rpm/closure.hpp"
#include "rpm/signature.hpp"

namespace bundle::test {

/// Makes OpenPGP keys, signatures and small RPMs with gpg, rpmbuild and rpmsign in a temporary folder.
class SigningLab {
 public:
  SigningLab();
  ~SigningLab();
  SigningLab(const SigningLab&) = delete;
  SigningLab& operator=(const SigningLab&) = delete;

  /// Whether the programs are there.
  static bool is_possible();
  /// A signing key that expires after a year.
  rpm::KeyFile make_key(const std::string& name);
  /// An armored detached signature; `option` is one more of gpg's.
  std::string sign(const std::string& text, const rpm::KeyFile& key,
                   const std::string& option = "--no-textmode");
  /// An RPM with one file; unsigned without a key, else signed with this digest.
  std::filesystem::path build_rpm(const std::string& name, const rpm::KeyFile* key = nullptr,
                                  const std::string& digest = "sha256");
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  std::string run(std::vector<std::string> argv, const std::string& input = {});

  TempDir folder_;
  PosixRunner runner_;
};

/// What metadata would say about this file.
rpm::Package describe(const std::filesystem::path& file, const std::string& nevra);

}  // namespace bundle::test
