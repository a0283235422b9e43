#include "commands/sign.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "format/plain_file.hpp"
#include "format/verified_index.hpp"
#include "signing/key.hpp"
#include "signing/passphrase.hpp"
#include "site/site.hpp"

namespace bundle::commands {
namespace {

/// A file that gets a signature beside it, and its content.
struct Signable {
  std::filesystem::path file;
  std::string content;
};

/// The installer and the index of a bundle, which belong together.
std::vector<Signable> of_bundle(const std::filesystem::path& folder) {
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
  return {{path, std::move(*installer)}, {folder / format::kIndexName, std::move(unverified.text)}};
}

/// A site file, and the files that it names: they are answers of the site as well.
std::vector<Signable> of_site(const std::filesystem::path& file) {
  std::vector<Signable> all{{file, site::site_text(file)}};
  for (const site::NamedFile& named : site::named_files(site::read_site(all[0].content, file))) {
    all.push_back({named.path, with_context("reading " + named.what,
                                            [&] { return read_file(named.path, site::kMaxNamedBytes); })});
  }
  return all;
}

void write_signature(Session& session, const std::filesystem::path& file, const std::string& key_id,
                     std::string_view signature) {
  const std::filesystem::path path =
      file.parent_path() / format::signature_name(file.filename().string(), key_id);
  write_file_atomically(path, signature);
  session.log->info(fmt::format("wrote {}", path.string()));
}

void sign_here(Session& session, const SignOptions& options, const std::vector<Signable>& files) {
  const signing::PrivateKey key =
      signing::load_private_key(options.key, [&] { return signing::passphrase_for(options.key); });
  for (const Signable& one : files) {
    write_signature(session, one.file, key.public_key().id(), key.sign(as_bytes(one.content)));
  }
}

void attach(Session& session, const SignOptions& options, const std::vector<Signable>& files) {
  const signing::PublicKey key = signing::load_public_key(options.key);
  const std::string signature = read_file(options.attach, format::kMaxSignatureBytes);
  std::vector<std::string> names;
  for (const Signable& one : files) {
    if (key.verifies(as_bytes(one.content), as_bytes(signature))) {
      write_signature(session, one.file, key.id(), signature);
      return;
    }
    names.insert(names.begin(), one.file.filename().string());
  }
  throw Error(ErrorKind::integrity,
              fmt::format("{} is a signature by {} {} of {}, in {}", options.attach, options.key,
                          names.size() > 1 ? "neither" : "not", join(names, " nor of "), options.folder),
              "it must be what `openssl dgst -sha256 -sign` makes: ECDSA over SHA-256, as DER");
}

}  // namespace

void sign(Session& session, const SignOptions& options) {
  const std::vector<Signable> files =
      std::filesystem::is_directory(options.folder) ? of_bundle(options.folder) : of_site(options.folder);
  if (options.attach.empty()) {
    sign_here(session, options, files);
  } else {
    attach(session, options, files);
  }
}

void keygen(Session& session, const KeygenOptions& options) {
  const std::string key_path = options.name + ".key";
  const std::string pub_path = options.name + ".pub";
  for (const std::string& path : {key_path, pub_path}) {
    if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
      fail(ErrorKind::usage, "{} is there already; a key is never overwritten", path);
    }
  }
  const std::string passphrase = options.without_passphrase ? std::string() : signing::new_passphrase();
  const signing::PrivateKey key = signing::PrivateKey::generate();
  write_new_file(key_path, key.pem(passphrase), 0600);
  try {
    write_new_file(pub_path, key.public_key().pem(), 0644);
  } catch (...) {
    std::filesystem::remove(key_path);  // half a pair would be in the way of the next try
    throw;
  }
  session.log->info(fmt::format("{}: the private key{}; keep it to yourself", key_path,
                                passphrase.empty() ? ", without a passphrase" : ", with its passphrase"));
  session.log->info(
      fmt::format("{}: the public key; it goes to the sites by another way than the bundle", pub_path));
  session.print(key.public_key().id() + "\n");
}

}  // namespace bundle::commands
