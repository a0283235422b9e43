#include "commands/keygen.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "signing/key.hpp"
#include "signing/passphrase.hpp"

namespace bundle::commands {

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
