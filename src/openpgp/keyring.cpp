#include "openpgp/keyring.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::openpgp {
namespace {

/// Why a key may not sign now; empty when it may.
std::string unusable(const Key& key, std::int64_t now_seconds) {
  if (key.is_revoked) {
    return "which is revoked";
  }
  if (key.expires_at && *key.expires_at <= now_seconds) {
    return "which expired on " + format_utc(*key.expires_at);
  }
  return {};
}

[[noreturn]] void fail_without(const KeyFile& file, const std::vector<Certificate>& certificates) {
  std::vector<std::string> found;
  for (const Certificate& certificate : certificates) {
    found.push_back(certificate.keys.front().fingerprint);
  }
  fail(ErrorKind::integrity, "the pinned key {} is not in it; it holds {}", file.fingerprint,
       found.empty() ? "no key that can be used" : join(found, ", "));
}

}  // namespace

Keyring::Keyring(const std::vector<KeyFile>& files, std::int64_t now_seconds, CommandRunner& runner,
                 std::string pinned_in)
    : pinned_in_(std::move(pinned_in)), gpg_(runner) {
  for (const KeyFile& file : files) {
    with_context("reading the key file " + file.name, [&] { add(file, now_seconds); });
  }
}

void Keyring::add(const KeyFile& file, std::int64_t now_seconds) {
  const std::vector<Certificate> certificates = gpg_.show_keys(file.content);
  const auto pinned =
      std::find_if(certificates.begin(), certificates.end(), [&](const Certificate& certificate) {
        return certificate.keys.front().fingerprint == file.fingerprint;
      });
  if (pinned == certificates.end()) {
    fail_without(file, certificates);
  }
  PinnedKey key{.file = file.name, .certificate = *pinned};
  if (pinned->is_signed_by_self) {
    key.packets = gpg_.extract_key(file.content, file.fingerprint);
  }
  if (key.packets.empty()) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("the pinned key {} carries no good signature of its own: somebody changed it, or it "
                    "is damaged",
                    file.fingerprint),
        "get the key file anew from its vendor, over another way");
  }
  const std::string of_primary = unusable(pinned->keys.front(), now_seconds);
  for (const Key& each : pinned->keys) {
    const std::string reason = of_primary.empty() ? unusable(each, now_seconds) : of_primary;
    if (reason.empty()) {
      usable_.insert(key_id(each.fingerprint));
    } else {
      unusable_[key_id(each.fingerprint)] = reason;
    }
  }
  keys_.push_back(std::move(key));
}

std::string Keyring::describe(const std::string& id) const {
  if (id.empty()) {
    return "its signature is of a kind that cannot be checked";
  }
  if (const auto it = unusable_.find(id); it != unusable_.end()) {
    return "it is signed with key " + id + ", " + it->second;
  }
  if (may_sign(id)) {
    return "it was changed after it was signed with key " + id;
  }
  return "it is signed with the unknown key " + id;
}

std::string Keyring::words_of(const Signature& signature) const {
  if (may_sign(signature.key_id) && signature.verdict == Verdict::expired) {
    return "the signature by key " + signature.key_id + " has expired";
  }
  if (may_sign(signature.key_id) && signature.verdict == Verdict::unchecked) {
    return "gpg does not take the signature by key " + signature.key_id;
  }
  return describe(signature.key_id);
}

std::string Keyring::advice(const std::string& id) const {
  if (may_sign(id)) {
    return "it is not what the vendor published: try again later, or another mirror";
  }
  if (unusable_.contains(id)) {
    return "pin the vendor's newer key in " + pinned_in_;
  }
  return "when the vendor says that it signs with this key, pin it in " + pinned_in_;
}

std::string Keyring::all_packets() const {
  std::string all;
  for (const PinnedKey& key : keys_) {
    all += key.packets;
  }
  return all;
}

std::string Keyring::require_good(const std::vector<Signature>& signatures) const {
  std::string why = "there is no signature in it";
  std::string hint;
  for (const Signature& found : signatures) {
    if (found.verdict == Verdict::good && may_sign(found.key_id)) {
      return found.primary;
    }
    why = words_of(found);
    hint = advice(found.key_id);
  }
  throw Error(ErrorKind::integrity, why, hint);
}

std::string Keyring::require_signature(const std::filesystem::path& content,
                                       std::string_view signature) const {
  return require_good(gpg_.verify(content, signature, all_packets()));
}

SignedText Keyring::require_clearsigned(std::string_view message) const {
  ClearSigned read = gpg_.read_clearsigned(message, all_packets());
  std::string primary = require_good(read.signatures);
  return {.content = std::move(read.content), .primary = std::move(primary)};
}

}  // namespace bundle::openpgp
