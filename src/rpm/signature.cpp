#include "rpm/signature.hpp"

extern "C" {
#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>
}

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "rpm/librpm.hpp"
#include "rpm/openpgp.hpp"
#include "spec/nevra.hpp"

namespace bundle::rpm {
namespace {

using KeyringHandle = Handle<rpmKeyring_s, rpmKeyringFree>;
using PubkeyHandle = Handle<rpmPubkey_s, rpmPubkeyFree>;
using TransactionSetHandle = Handle<rpmts_s, rpmtsFree>;
using HeaderHandle = Handle<headerToken_s, headerFree>;
using SignatureHandle = Handle<pgpDigParams_s, pgpDigParamsFree>;
using PackageFileHandle = Handle<_FD_s, Fclose>;

constexpr std::size_t kBlockBytes = 128 << 10;
/// Where a package's signatures are, newest habit first. Source: rpm's docs/manual/signatures_digests.
constexpr std::array kSignatureTags = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG};

const std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string key_id(const std::string& fingerprint) {
  return fingerprint.size() < 16 ? fingerprint : fingerprint.substr(fingerprint.size() - 16);
}

/// Why a key may not sign now; empty when it may.
std::string unusable(const PgpKeyFacts& key, std::int64_t now_seconds) {
  if (key.revoked) {
    return "which is revoked";
  }
  if (key.expires_at && *key.expires_at <= now_seconds) {
    return "which expired on " + format_utc(*key.expires_at);
  }
  return {};
}

}  // namespace

struct Keyring::State {
  KeyringHandle ring{rpmKeyringNew()};
  std::map<std::string, std::string> names;     ///< key id -> file; of usable keys
  std::map<std::string, std::string> unusable;  ///< key id -> why not

  /// In words, what a key that signed something is to us.
  std::string describe(const std::string& id) const {
    if (const auto it = unusable.find(id); it != unusable.end()) {
      return "it is signed with key " + id + ", " + it->second;
    }
    if (names.contains(id)) {
      return "it was changed after it was signed with key " + id;
    }
    return "it is signed with the unknown key " + id;
  }
  /// What a person can do about it.
  std::string advice(const std::string& id) const {
    if (names.contains(id)) {
      return "it is not what the vendor published: try again later, or another mirror";
    }
    if (unusable.contains(id)) {
      return "pin the vendor's newer key in the repository's 'gpgkey'";
    }
    return "when the vendor says that it signs with this key, pin it in the repository's 'gpgkey'";
  }
};

Keyring::Keyring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keyring::~Keyring() = default;
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;

namespace {

/// Adds a primary key or subkey, or remembers why it may not sign.
void add_key(Keyring::State& state, rpmPubkey key, const PgpKeyFacts& facts, const std::string& reason,
             const std::string& file) {
  if (!reason.empty()) {
    state.unusable[key_id(facts.fingerprint)] = reason;
    return;
  }
  if (rpmKeyringAddKey(state.ring.get(), key) < 0) {
    fail(ErrorKind::integrity, "key {} in {} cannot be used by librpm", facts.fingerprint, file);
  }
  state.names[key_id(facts.fingerprint)] = file;
}

std::string id_of(rpmPubkey key) {
  const std::uint8_t* id = pgpDigParamsSignID(rpmPubkeyPgpDigParams(key));
  return upper_hex({reinterpret_cast<const char*>(id), 8});
}

void add_subkeys(Keyring::State& state, rpmPubkey primary, const PgpCertificate& certificate,
                 const std::string& primary_reason, std::int64_t now_seconds, const std::string& file) {
  int count = 0;
  rpmPubkey* subkeys = rpmGetSubkeys(primary, &count);
  const Handle<void, std::free> owner(static_cast<void*>(subkeys));
  for (int i = 0; i < count; ++i) {
    const PubkeyHandle subkey(subkeys[i]);
    const std::string id = id_of(subkey.get());
    for (const PgpKeyFacts& facts : certificate.keys) {
      if (key_id(facts.fingerprint) == id) {
        const std::string own = unusable(facts, now_seconds);
        add_key(state, subkey.get(), facts, primary_reason.empty() ? own : primary_reason, file);
      }
    }
  }
}

void add_certificate(Keyring::State& state, const PgpCertificate& certificate, std::int64_t now_seconds,
                     const std::string& file) {
  const PubkeyHandle primary(rpmPubkeyNew(octets(certificate.packets), certificate.packets.size()));
  if (!primary) {
    fail(ErrorKind::integrity, "key {} in {} cannot be used by librpm", certificate.keys.front().fingerprint,
         file);
  }
  const std::string reason = unusable(certificate.keys.front(), now_seconds);
  add_key(state, primary.get(), certificate.keys.front(), reason, file);
  add_subkeys(state, primary.get(), certificate, reason, now_seconds, file);
}

/// What a signature over a text is made of (Google's are such): RFC 4880 section 5.2.1, type 0x01.
std::string with_crlf(std::string_view text) {
  return replace_all(replace_all(text, "\r\n", "\n"), "\n", "\r\n");
}

/// Whether one signature packet over `content` is good; `why` and `advice` tell why not, and what to do.
bool is_good(const PgpPacket& packet, std::string_view content, const Keyring::State& state, std::string& why,
             std::string& advice) {
  pgpDigParams parsed = nullptr;
  if (pgpPrtParams(octets(packet.whole), packet.whole.size(), PGPTAG_SIGNATURE, &parsed) != 0 ||
      parsed == nullptr) {
    why = "its signature is of a kind that librpm does not know";
    return false;
  }
  const SignatureHandle signature(parsed);
  const int type = pgpSignatureType(parsed);
  if (type != PGPSIGTYPE_BINARY && type != PGPSIGTYPE_TEXT) {
    why = "its signature is not one over a file";
    return false;
  }
  const std::string text = type == PGPSIGTYPE_TEXT ? with_crlf(content) : std::string();
  const std::string_view signed_bytes = type == PGPSIGTYPE_TEXT ? text : content;
  DIGEST_CTX digest =
      rpmDigestInit(static_cast<int>(pgpDigParamsAlgo(parsed, PGPVAL_HASHALGO)), RPMDIGEST_NONE);
  if (digest == nullptr) {
    why = "its signature uses an unknown hash function";
    return false;
  }
  rpmDigestUpdate(digest, signed_bytes.data(), signed_bytes.size());
  const rpmRC result = rpmKeyringVerifySig(state.ring.get(), parsed, digest);
  rpmDigestFinal(digest, nullptr, nullptr, 0);
  if (result != RPMRC_OK) {
    why = state.describe(pgp_issuer(packet));
    advice = state.advice(pgp_issuer(packet));
  }
  return result == RPMRC_OK;
}

void check_content(const std::filesystem::path& path, const Package& expected) {
  if (expected.size_bytes != 0 && bundle::file_size(path) != expected.size_bytes) {
    fail(ErrorKind::integrity, "it has {} bytes, the metadata says {}", bundle::file_size(path),
         expected.size_bytes);
  }
  Hasher hasher(parse_hash_kind(expected.checksum_kind));
  std::vector<std::byte> block(kBlockBytes);
  if (!stream_file(path, bundle::file_size(path), block, [&](Bytes bytes) { hasher.update(bytes); })) {
    fail(ErrorKind::integrity, "it became shorter while it was read");
  }
  const std::string found = hasher.finish_hex();
  if (found != expected.checksum) {
    fail(ErrorKind::integrity, "its {} is {}, the metadata says {}", expected.checksum_kind, found,
         expected.checksum);
  }
}

TransactionSetHandle make_transaction_set(rpmKeyring ring, rpmVSFlags flags, int level) {
  TransactionSetHandle set(rpmtsCreate());
  rpmtsSetKeyring(set.get(), ring);
  rpmtsSetVSFlags(set.get(), flags);   // of rpmReadPackageFile
  rpmtsSetVfyFlags(set.get(), flags);  // of rpmVerifySignatures
  rpmtsSetVfyLevel(set.get(), level);
  return set;
}

PackageFileHandle open_package(const std::filesystem::path& path) {
  PackageFileHandle file(Fopen(path.c_str(), "r.ufdio"));
  if (!file || Ferror(file.get()) != 0) {
    fail(ErrorKind::usage, "cannot read {}: {}", path.string(), file ? Fstrerror(file.get()) : "no memory");
  }
  return file;
}

/// The header, with nothing verified.
HeaderHandle read_header(const std::filesystem::path& path) {
  const KeyringHandle none(rpmKeyringNew());
  const auto unchecked = static_cast<rpmVSFlags>(RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES);
  const TransactionSetHandle set = make_transaction_set(none.get(), unchecked, RPMSIG_NONE_TYPE);
  const PackageFileHandle file = open_package(path);
  Header header = nullptr;
  const rpmRC result = rpmReadPackageFile(set.get(), file.get(), path.c_str(), &header);
  HeaderHandle owner(header);
  if (result == RPMRC_FAIL || result == RPMRC_NOTFOUND || !owner) {
    fail(ErrorKind::integrity, "it is not a readable RPM package");
  }
  return owner;
}

/// Key ids of the signatures in a header.
std::vector<std::string> signers(Header header) {
  std::vector<std::string> ids;
  for (const rpmTag_e tag : kSignatureTags) {
    const Handle<rpmtd_s, rpmtdFree> data(rpmtdNew());
    if (headerGet(header, tag, data.get(), HEADERGET_DEFAULT) != 1) {
      continue;
    }
    const std::string_view bytes(static_cast<const char*>(data->data), data->count);
    for (const PgpPacket& packet : pgp_packets(bytes)) {
      ids.push_back(pgp_issuer(packet));
    }
    rpmtdFreeData(data.get());
  }
  return ids;
}

void check_nevra(Header header, const Package& expected) {
  const Handle<char, std::free> text(headerGetAsString(header, RPMTAG_NEVRA));
  const auto found = text ? spec::parse_nevra(text.get()) : std::nullopt;
  if (!found || found->str() != expected.nevra) {
    fail(ErrorKind::integrity, "it holds {}", text ? text.get() : "no package name");
  }
}

void check_signature(const std::filesystem::path& path, Header header, const Keyring::State& keys,
                     bool must_be_signed) {
  const auto ids = signers(header);
  if (must_be_signed && ids.empty()) {
    throw Error(ErrorKind::integrity, "it is not signed",
                "only a repository with 'signed: repo' may have unsigned packages");
  }
  for (const std::string& id : ids) {
    if (must_be_signed && !keys.names.contains(id)) {
      throw Error(ErrorKind::integrity, keys.describe(id), keys.advice(id));
    }
  }
  const auto flags = static_cast<rpmVSFlags>(must_be_signed ? 0 : RPMVSF_MASK_NOSIGNATURES);
  const TransactionSetHandle set = make_transaction_set(
      keys.ring.get(), flags, must_be_signed ? RPMSIG_VERIFIABLE_TYPE : RPMSIG_DIGEST_TYPE);
  const PackageFileHandle file = open_package(path);
  rpmQVKArguments_s arguments{};
  if (rpmVerifySignatures(&arguments, set.get(), file.get(), path.c_str()) != 0) {
    if (must_be_signed) {
      throw Error(ErrorKind::integrity, keys.describe(ids[0]), keys.advice(ids[0]));
    }
    fail(ErrorKind::integrity, "its content is not what its header says");
  }
}

}  // namespace

Keyring load_keys(const std::vector<KeyFile>& files, std::int64_t now_seconds) {
  prepare_librpm();
  auto state = std::make_unique<Keyring::State>();
  for (const KeyFile& file : files) {
    with_context("reading the key file " + file.name, [&] {
      const auto certificates = pgp_certificates(file.content);
      const auto pinned =
          std::find_if(certificates.begin(), certificates.end(), [&](const PgpCertificate& certificate) {
            return certificate.keys.front().fingerprint == file.fingerprint;
          });
      if (pinned == certificates.end()) {
        std::vector<std::string> found;
        for (const PgpCertificate& certificate : certificates) {
          found.push_back(certificate.keys.front().fingerprint);
        }
        fail(ErrorKind::integrity, "the pinned key {} is not in it; it holds {}", file.fingerprint,
             found.empty() ? "no key that can be used" : join(found, ", "));
      }
      add_certificate(*state, *pinned, now_seconds, file.name);
    });
  }
  return Keyring(std::move(state));
}

void verify_repomd_signature(std::string_view repomd, std::string_view signature, const Keyring& keys) {
  std::string why = "the signature file holds no signature";
  std::string advice;
  for (const std::string& block : dearmor(signature, "SIGNATURE")) {
    for (const PgpPacket& packet : pgp_packets(block)) {
      if (packet.tag == PGPTAG_SIGNATURE && is_good(packet, repomd, keys.state(), why, advice)) {
        return;
      }
    }
  }
  throw Error(ErrorKind::integrity, "the signature of repomd.xml is not good: " + why, advice);
}

void check_package(const std::filesystem::path& path, const Package& expected, const Keyring& keys,
                   spec::SignedBy signed_by) {
  prepare_librpm();
  with_context("checking package " + expected.nevra, [&] {
    if (signed_by == spec::SignedBy::repo && !establishes_trust(parse_hash_kind(expected.checksum_kind))) {
      fail(ErrorKind::integrity, "the metadata vouches for it with {}, which is too weak",
           expected.checksum_kind);
    }
    check_content(path, expected);
    const HeaderHandle header = read_header(path);
    check_signature(path, header.get(), keys.state(), signed_by != spec::SignedBy::repo);
    check_nevra(header.get(), expected);
  });
}

}  // namespace bundle::rpm
