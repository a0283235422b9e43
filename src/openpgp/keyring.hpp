#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "openpgp/gpg.hpp"
#include "openpgp/listing.hpp"

namespace bundle::openpgp {

/// A key file as a vendor publishes it (armored blocks, or binary), and which key of it is trusted.
struct KeyFile {
  std::string name;  ///< URL or path, for errors
  std::string content;
  std::string fingerprint;  ///< upper-case hex of a primary key
};

/// The one key of a file that is pinned.
struct PinnedKey {
  std::string file;
  Certificate certificate;
  std::string packets;  ///< in binary, without what its owner did not sign
};

struct SignedText {
  std::string content;
  std::string primary;  ///< fingerprint of the primary key that signed it
};

/// Keys that are pinned by fingerprint; what else a file holds is not trusted. Move-only.
class Keyring {
 public:
  /// Takes from each file the key that is pinned, with its subkeys. Keys that are revoked, or expired at
  /// `now_seconds` (since the epoch), are remembered only to say so when they turn up. `pinned_in` says in
  /// hints where a person pins a key. `runner` must outlive it. Throws Error(integrity) when a file lacks its
  /// pinned key, or that key has no good self-signature.
  Keyring(const std::vector<KeyFile>& files, std::int64_t now_seconds, CommandRunner& runner,
          std::string pinned_in);

  const std::vector<PinnedKey>& keys() const { return keys_; }
  /// Whether a key may sign now.
  bool may_sign(const std::string& id) const { return usable_.contains(id); }
  /// In words, what a key that signed something is to us, when the signature is not taken.
  std::string describe(const std::string& id) const;
  /// What a person can do about it.
  std::string advice(const std::string& id) const;

  /// The fingerprint of the primary key for a good detached signature of `content` in `signature`. Throws
  /// Error(integrity) that says which key signed, and whether it is unknown, expired, revoked, or the content
  /// was changed.
  std::string require_signature(const std::filesystem::path& content, std::string_view signature) const;

  /// The same for a clear-signed message, with what is signed.
  SignedText require_clearsigned(std::string_view message) const;

 private:
  void add(const KeyFile& file, std::int64_t now_seconds);
  std::string all_packets() const;
  std::string require_good(const std::vector<Signature>& signatures) const;
  std::string words_of(const Signature& signature) const;

  std::string pinned_in_;
  Gpg gpg_;
  std::vector<PinnedKey> keys_;
  std::set<std::string> usable_;                 ///< key ids
  std::map<std::string, std::string> unusable_;  ///< key id -> why not
};

}  // namespace bundle::openpgp
