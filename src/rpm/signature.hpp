#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "openpgp/keyring.hpp"
#include "rpm/closure.hpp"
#include "spec/repository.hpp"

namespace bundle::rpm {

using openpgp::KeyFile;

/// Keys that may sign a repository's metadata and packages. Move-only; one thread at a time, and where librpm
/// is asked (load_keys, check_package), one thread of all.
class Keyring {
 public:
  struct State;
  explicit Keyring(std::unique_ptr<State> state);
  ~Keyring();
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// As openpgp::Keyring takes them; librpm gets what gpg found good. Throws as that does, and Error(integrity)
/// for a key of a kind that librpm cannot use. `runner` must outlive the keyring.
Keyring load_keys(const std::vector<KeyFile>& files, std::int64_t now_seconds, CommandRunner& runner);

/// Checks the detached signature `signature` (repomd.xml.asc) of `repomd`. At least one signature must be
/// good. Asks gpg alone, so that other threads may be in librpm. Throws Error(integrity) that says which key
/// signed, and whether it is unknown, expired, revoked, or the content was changed.
void verify_repomd_signature(std::string_view repomd, std::string_view signature, const Keyring& keys);

/// Checks a downloaded package: size and checksum as the metadata says, NEVRA of its header as asked for,
/// digests inside, and, unless `signed_by` is `repo`, that a key of `keys` signed it. With `repo` the
/// metadata's checksum vouches for it, so sha1 and md5 are refused there. Throws Error(integrity) naming the
/// package.
void check_package(const std::filesystem::path& path, const Package& expected, const Keyring& keys,
                   spec::SignedBy signed_by);

}  // namespace bundle::rpm
