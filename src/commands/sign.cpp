#include "commands/sign.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/plain_file.hpp"
#include "format/verified_index.hpp"
#include "signing/passphrase.hpp"

namespace bundle::commands {
namespace {

/// What is signed: two texts that belong together.
struct Signable {
  std::string index;
  std::string installer;
};

Signable read_signable(const std::filesystem::path& folder) {
  format::UnverifiedIndex unverified = format::read_unverified_index(folder);
  const std::filesystem::path path = folder / format::kInstallerName;
  std::optional<std::string> installer = format::read_plain_file(path, format::kMaxInstallerBytes);
  if (!installer) {
    fail(ErrorKind::integrity, "{} is missing: a bundle is signed together with its installer",
         path.string());
  }
  const format::Installer& named = unverified.index.installer;
  if (installer->size() != named.size_bytes || sha256_hex(*installer) != named.sha256) {
    fail(ErrorKind::integrity, "{} is not the installer that the index names; nothing was signed",
         path.string());
  }
  return {std::move(unverified.text), std::move(*installer)};
}

void write_signature(Session& session, const std::filesystem::path& folder, std::string_view file,
                     const std::string& key_id, std::string_view signature) {
  const std::filesystem::path path = folder / format::signature_name(file, key_id);
  write_file_atomically(path, signature);
  session.log->info(fmt::format("wrote {}", path.string()));
}

void sign_here(Session& session, const SignOptions& options, const Signable& signable) {
  const signing::PrivateKey key =
      signing::load_private_key(options.key, [&] { return signing::passphrase_for(options.key); });
  const std::string& id = key.public_key().id();
  write_signature(session, options.folder, format::kInstallerName, id,
                  key.sign(as_bytes(signable.installer)));
  write_signature(session, options.folder, format::kIndexName, id, key.sign(as_bytes(signable.index)));
}

void attach(Session& session, const SignOptions& options, const Signable& signable) {
  const signing::PublicKey key = signing::load_public_key(options.key);
  const std::string signature = read_file(options.attach, format::kMaxSignatureBytes);
  if (key.verifies(as_bytes(signable.index), as_bytes(signature))) {
    write_signature(session, options.folder, format::kIndexName, key.id(), signature);
  } else if (key.verifies(as_bytes(signable.installer), as_bytes(signature))) {
    write_signature(session, options.folder, format::kInstallerName, key.id(), signature);
  } else {
    throw Error(ErrorKind::integrity,
                fmt::format("{} is a signature by {} neither of {} nor of {} in {}", options.attach,
                            options.key, format::kIndexName, format::kInstallerName, options.folder),
                "it must be what `openssl dgst -sha256 -sign` makes: ECDSA over SHA-256, as DER");
  }
}

}  // namespace

void sign(Session& session, const SignOptions& options) {
  const Signable signable = read_signable(options.folder);
  if (options.attach.empty()) {
    sign_here(session, options, signable);
  } else {
    attach(session, options, signable);
  }
}

}  // namespace bundle::commands
