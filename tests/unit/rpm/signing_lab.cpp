#include "unit/rpm/signing_lab.hpp"

#include <cstdio>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "unit/rpm/repo_writer.hpp"

namespace bundle::test {

SigningLab::SigningLab() {
  std::filesystem::create_directory(folder() / "gnupg");
  std::filesystem::permissions(folder() / "gnupg", std::filesystem::perms::owner_all);
}

SigningLab::~SigningLab() {
  try {
    run({"gpgconf", "--kill", "all"});  // the agent that gpg left behind
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpg's agent may still run: %s\n", error.what());
  }
}

bool SigningLab::is_possible() {
  return find_program("gpg") && find_program("rpmbuild") && find_program("rpmsign");
}

std::string SigningLab::run(std::vector<std::string> argv, const std::string& input) {
  const Command command{.argv = std::move(argv),
                        .env = {{"GNUPGHOME", (folder() / "gnupg").string()}, {"HOME", folder().string()}},
                        .cwd = folder(),
                        .input = input};
  return run_checked(runner_, command).out;
}

rpm::KeyFile SigningLab::make_key(const std::string& name) {
  run({"gpg", "--batch", "--passphrase", "", "--quick-generate-key", name, "rsa2048", "sign", "1y"});
  rpm::KeyFile key{.name = name, .content = run({"gpg", "--batch", "--armor", "--export", name})};
  const std::string listing = run({"gpg", "--batch", "--with-colons", "--list-keys", name});
  for (const std::string_view line : split(listing, '\n')) {
    if (line.starts_with("fpr:") && key.fingerprint.empty()) {
      key.fingerprint = split(line, ':')[9];
    }
  }
  return key;
}

std::string SigningLab::sign(const std::string& text, const rpm::KeyFile& key, const std::string& option) {
  return run({"gpg", "--batch", option, "--armor", "--detach-sign", "--local-user", key.fingerprint,
              "--output", "-"},
             text);
}

std::filesystem::path SigningLab::build_rpm(const std::string& name, const rpm::KeyFile* key,
                                            const std::string& digest) {
  const std::filesystem::path spec = folder() / (name + ".spec");
  write_text(spec,
             "Name: " + name +
                 "\nVersion: 1.0\nRelease: 1\nEpoch: 2\nSummary: s\nLicense: CC0-1.0\nBuildArch: noarch\n"
                 "AutoReqProv: no\n%description\nd\n%install\nmkdir -p %{buildroot}/usr/share\n"
                 "seq 2000 > %{buildroot}/usr/share/" +
                 name + "\n%files\n/usr/share/" + name + "\n");
  run({"rpmbuild", "--quiet", "-bb", "--define", "_topdir " + (folder() / "build").string(), "--define",
       "_rpmdir " + folder().string(), "--define", "_build_name_fmt %%{NAME}.rpm", spec.string()});
  std::filesystem::path file = folder() / (name + ".rpm");
  if (key != nullptr) {
    run({"rpmsign", "--addsign", "--define", "__gpg /usr/bin/gpg", "--define",
         "_gpg_name " + key->fingerprint, "--define", "_gpg_digest_algo " + digest, file.string()});
  }
  return file;
}

rpm::Package describe(const std::filesystem::path& file, const std::string& nevra) {
  const std::string content = read_file(file, 1 << 20);
  return {.nevra = nevra,
          .checksum_kind = "sha256",
          .checksum = sha256_hex(content),
          .size_bytes = content.size()};
}

}  // namespace bundle::test
