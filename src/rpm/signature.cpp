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

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "rpm/librpm.hpp"
#include "rpm/signature_packet.hpp"
#include "spec/nevra.hpp"

namespace bundle::rpm {
namespace {

using KeyringHandle = Handle<rpmKeyring_s, rpmKeyringFree>;
using PubkeyHandle = Handle<rpmPubkey_s, rpmPubkeyFree>;
using TransactionSetHandle = Handle<rpmts_s, rpmtsFree>;
using HeaderHandle = Handle<headerToken_s, headerFree>;
using PackageFileHandle = Handle<_FD_s, Fclose>;

constexpr std::size_t kBlockBytes = 128 << 10;
constexpr std::size_t kKeyIdBytes = 8;
/// Where a package's signatures are, newest habit first. Source: rpm's docs/manual/signatures_digests.
constexpr std::array kSignatureTags = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG};

const std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

struct Keyring::State {
  openpgp::Keyring keys;
  KeyringHandle ring{rpmKeyringNew()};
};

Keyring::Keyring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keyring::~Keyring() = default;
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;

namespace {

/// Adds a primary key or subkey if it may sign.
void add_key(Keyring::State& state, rpmPubkey key, const openpgp::Key& facts, const std::string& file) {
  if (state.keys.may_sign(openpgp::key_id(facts.fingerprint)) &&
      rpmKeyringAddKey(state.ring.get(), key) < 0) {
    fail(ErrorKind::integrity, "key {} in {} cannot be used by librpm", facts.fingerprint, file);
  }
}

std::string id_of(rpmPubkey key) {
  const std::uint8_t* id = pgpDigParamsSignID(rpmPubkeyPgpDigParams(key));
  return upper(to_hex(as_bytes(std::string_view(reinterpret_cast<const char*>(id), kKeyIdBytes))));
}

void add_subkeys(Keyring::State& state, rpmPubkey primary, const openpgp::PinnedKey& key) {
  int count = 0;
  rpmPubkey* subkeys = rpmGetSubkeys(primary, &count);
  const Handle<void, std::free> owner(static_cast<void*>(subkeys));
  for (int i = 0; i < count; ++i) {
    const PubkeyHandle subkey(subkeys[i]);
    const std::string id = id_of(subkey.get());
    for (const openpgp::Key& facts : key.certificate.keys) {
      if (openpgp::key_id(facts.fingerprint) == id) {
        add_key(state, subkey.get(), facts, key.file);
      }
    }
  }
}

void add_certificate(Keyring::State& state, const openpgp::PinnedKey& key) {
  const PubkeyHandle primary(rpmPubkeyNew(octets(key.packets), key.packets.size()));
  const openpgp::Key& facts = key.certificate.keys.front();
  if (!primary) {
    fail(ErrorKind::integrity, "key {} in {} cannot be used by librpm", facts.fingerprint, key.file);
  }
  add_key(state, primary.get(), facts, key.file);
  add_subkeys(state, primary.get(), key);
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
    ids.push_back(read_signature({static_cast<const char*>(data->data), data->count}).issuer);
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

void check_signature(const std::filesystem::path& path, Header header, const Keyring::State& state,
                     bool must_be_signed) {
  const std::vector<std::string> ids = signers(header);
  if (must_be_signed && ids.empty()) {
    throw Error(ErrorKind::integrity, "it is not signed",
                "only a repository with 'signed: repo' may have unsigned packages");
  }
  for (const std::string& id : ids) {
    if (must_be_signed && !state.keys.may_sign(id)) {
      throw Error(ErrorKind::integrity, state.keys.describe(id), state.keys.advice(id));
    }
  }
  const auto flags = static_cast<rpmVSFlags>(must_be_signed ? 0 : RPMVSF_MASK_NOSIGNATURES);
  const TransactionSetHandle set = make_transaction_set(
      state.ring.get(), flags, must_be_signed ? RPMSIG_VERIFIABLE_TYPE : RPMSIG_DIGEST_TYPE);
  const PackageFileHandle file = open_package(path);
  rpmQVKArguments_s arguments{};
  if (rpmVerifySignatures(&arguments, set.get(), file.get(), path.c_str()) != 0) {
    if (must_be_signed) {
      throw Error(ErrorKind::integrity, state.keys.describe(ids[0]), state.keys.advice(ids[0]));
    }
    fail(ErrorKind::integrity, "its content is not what its header says");
  }
}

}  // namespace

Keyring load_keys(const std::vector<KeyFile>& files, std::int64_t now_seconds, CommandRunner& runner) {
  prepare_librpm();
  auto state = std::make_unique<Keyring::State>(
      openpgp::Keyring(files, now_seconds, runner, "the repository's 'gpgkey'"));
  for (const openpgp::PinnedKey& key : state->keys.keys()) {
    add_certificate(*state, key);
  }
  return Keyring(std::move(state));
}

void verify_repomd_signature(std::string_view repomd, std::string_view signature, const Keyring& keys) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "repomd.xml";
  write_file_atomically(file, repomd);
  try {
    keys.state().keys.require_signature(file, signature);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) {
      throw;
    }
    throw Error(ErrorKind::integrity, "the signature of repomd.xml is not good: " + error.message(),
                error.hint());
  }
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
