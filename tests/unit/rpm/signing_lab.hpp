#pragma once

#include <filesystem>
#include <string>

#include "rpm/closure.hpp"
#include "rpm/signature.hpp"
#include "support/gpg_lab.hpp"

namespace bundle::test {

/// Makes OpenPGP keys, signatures and small RPMs with gpg, rpmbuild and rpmsign in a temporary folder.
class SigningLab : public GpgLab {
 public:
  /// Whether the programs are there.
  static bool is_possible();
  /// An RPM with one file; unsigned without a key (a fingerprint), else signed with this digest.
  std::filesystem::path build_rpm(const std::string& name, const std::string& key = {},
                                  const std::string& digest = "sha256");
};

/// What metadata would say about this file.
rpm::Package describe(const std::filesystem::path& file, const std::string& nevra);

}  // namespace bundle::test
