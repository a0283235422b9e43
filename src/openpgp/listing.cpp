#include "openpgp/listing.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace bundle::openpgp {
namespace {

/// Fields of a record, counted from 0.
constexpr std::size_t kType = 0;
constexpr std::size_t kValidity = 1;
constexpr std::size_t kExpiry = 6;
constexpr std::size_t kFingerprint = 9;
constexpr std::size_t kHash = 15;
constexpr std::size_t kFields = 21;

/// Names of RFC 4880 section 9.4, or the number itself.
std::string digest_name(std::string_view number) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames = {{{"1", "md5"},
                                                                                    {"2", "sha1"},
                                                                                    {"3", "ripemd160"},
                                                                                    {"8", "sha256"},
                                                                                    {"9", "sha384"},
                                                                                    {"10", "sha512"},
                                                                                    {"11", "sha224"}}};
  for (const auto& [known, name] : kNames) {
    if (known == number) {
      return std::string(name);
    }
  }
  return std::string(number);
}

/// Builds certificates record by record.
class ListingReader {
 public:
  void read(const std::vector<std::string_view>& fields) {
    const std::string_view type = fields[kType];
    if (type == "pub") {
      certificates_.push_back({.is_signed_by_self = fields[kValidity] != "i"});
      add_key(fields);
    } else if (certificates_.empty()) {
      return;
    } else if (type == "sub") {
      add_key(fields);
    } else if (Key& key = certificates_.back().keys.back(); type == "fpr" && key.fingerprint.empty()) {
      key.fingerprint = upper(fields[kFingerprint]);
    } else if ((type == "sig" || type == "rev") && key.first_signature_digest.empty()) {
      key.first_signature_digest = digest_name(fields[kHash]);
    }
  }
  std::vector<Certificate> take() { return std::move(certificates_); }

 private:
  void add_key(const std::vector<std::string_view>& fields) {
    Key key{.is_revoked = fields[kValidity] == "r"};
    if (const std::optional<std::uint64_t> expiry = parse_unsigned(fields[kExpiry])) {
      key.expires_at = static_cast<std::int64_t>(*expiry);
    } else if (fields[kValidity] == "e") {
      key.expires_at = 0;
    }
    certificates_.back().keys.push_back(std::move(key));
  }

  std::vector<Certificate> certificates_;
};

}  // namespace

std::string key_id(std::string_view fingerprint) {
  constexpr std::size_t kDigits = 16;
  return std::string(fingerprint.substr(fingerprint.size() - std::min(fingerprint.size(), kDigits)));
}

std::vector<Certificate> parse_listing(std::string_view text) {
  ListingReader reader;
  for (const std::string_view line : split(text, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    fields.resize(std::max(fields.size(), kFields));
    reader.read(fields);
  }
  return reader.take();
}

std::vector<Signature> parse_status(std::string_view text) {
  constexpr std::string_view kPrefix = "[GNUPG:] ";
  constexpr std::size_t kPrimaryWord = 10;  // of VALIDSIG, which stands first
  std::vector<Signature> signatures;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with(kPrefix)) {
      continue;
    }
    const std::vector<std::string_view> words = split_words(line.substr(kPrefix.size()));
    if (words.empty()) {
      continue;
    }
    if (words[0] == "NEWSIG") {
      signatures.emplace_back();
    }
    if (signatures.empty() || words.size() < 2) {
      continue;
    }
    Signature& signature = signatures.back();
    const std::string id = upper(key_id(words[1]));
    if (words[0] == "VALIDSIG" && words.size() > kPrimaryWord) {
      signature = {.verdict = signature.verdict == Verdict::expired ? Verdict::expired : Verdict::good,
                   .key_id = id,
                   .primary = upper(words[kPrimaryWord])};
    } else if (words[0] == "EXPSIG") {
      signature = {.verdict = Verdict::expired, .key_id = id};
    } else if (words[0] == "BADSIG") {
      signature = {.verdict = Verdict::changed, .key_id = id};
    } else if (words[0] == "ERRSIG") {
      signature = {.verdict = Verdict::unchecked, .key_id = id};
    }
  }
  return signatures;
}

}  // namespace bundle::openpgp
