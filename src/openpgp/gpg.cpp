#include "openpgp/gpg.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::openpgp {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 4 << 20;
constexpr std::size_t kMaxSignatureBytes = 1 << 20;
constexpr std::size_t kMaxMessageBytes = 1 << 20;
constexpr std::uint64_t kMaxOutputBytes = 64 << 20;
constexpr std::chrono::seconds kTimeout{120};

void cap(std::string_view what, std::size_t size_bytes, std::size_t limit_bytes) {
  if (size_bytes > limit_bytes) {
    fail(ErrorKind::integrity, "{} of {}: more than {} are not read", what, format_size(size_bytes),
         format_size(limit_bytes));
  }
}

}  // namespace

CommandResult Gpg::run(std::vector<std::string> words, std::string_view input) const {
  Command command{.argv = {"gpg", "--homedir", home_.path().string(), "--no-options", "--batch", "--no-tty",
                           "--quiet", "--no-autostart", "--disable-dirmngr", "--no-auto-key-retrieve"},
                  .clean_env = true,
                  .input = std::string(input),
                  .timeout = kTimeout,
                  .output_limit_bytes = kMaxOutputBytes};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  try {
    return runner_->run(command);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::usage) {
      error.set_hint("gpg checks OpenPGP keys and signatures: install gnupg (Debian) or gnupg2 (RHEL)");
    }
    throw;
  }
}

CommandResult Gpg::run_with_keys(std::string_view keyring, std::vector<std::string> words) const {
  const std::filesystem::path ring = home_.path() / "pinned.gpg";
  write_file_atomically(ring, keyring);
  const std::vector<std::string> first = {
      "--trust-model", "always", "--no-default-keyring", "--keyring", ring.string(), "--status-fd", "1"};
  words.insert(words.begin(), first.begin(), first.end());
  return run(std::move(words), {});
}

std::vector<Certificate> Gpg::show_keys(std::string_view key_file) const {
  cap("an OpenPGP key file", key_file.size(), kMaxKeyFileBytes);
  return parse_listing(run({"--with-colons", "--with-sig-check", "--show-keys"}, key_file).out);
}

std::string Gpg::extract_key(std::string_view key_file, const std::string& fingerprint) const {
  cap("an OpenPGP key file", key_file.size(), kMaxKeyFileBytes);
  const std::filesystem::path all = home_.path() / "all.gpg";
  std::filesystem::remove(all);
  const std::vector<std::string> ring = {"--no-default-keyring", "--keyring", all.string()};
  const auto with_ring = [&](std::vector<std::string> words) {
    words.insert(words.begin(), ring.begin(), ring.end());
    return words;
  };
  run(with_ring({"--import"}), key_file);
  return run(with_ring({"--export-options", "export-minimal", "--export", fingerprint}), {}).out;
}

std::vector<Signature> Gpg::verify(const std::filesystem::path& content, std::string_view signature,
                                   std::string_view keyring) const {
  cap("an OpenPGP signature", signature.size(), kMaxSignatureBytes);
  const std::filesystem::path detached = home_.path() / "signature";
  write_file_atomically(detached, signature);
  return parse_status(run_with_keys(keyring, {"--verify", detached.string(), content.string()}).out);
}

ClearSigned Gpg::read_clearsigned(std::string_view message, std::string_view keyring) const {
  cap("a signed message", message.size(), kMaxMessageBytes);
  const std::filesystem::path given = home_.path() / "message";
  const std::filesystem::path content = home_.path() / "content";
  write_file_atomically(given, message);
  std::filesystem::remove(content);
  const CommandResult result =
      run_with_keys(keyring, {"--output", content.string(), "--decrypt", given.string()});
  ClearSigned made{.signatures = parse_status(result.out)};
  const bool is_good = !made.signatures.empty() && made.signatures[0].verdict == Verdict::good;
  if (is_good && (result.status != 0 || made.signatures.size() != 1 || !std::filesystem::exists(content))) {
    return {};  // several messages in one, or a signature over something else
  }
  if (is_good) {
    made.content = read_file(content, kMaxMessageBytes);
  }
  return made;
}

}  // namespace bundle::openpgp
