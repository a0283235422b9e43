#include "support/gpg_lab.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"
#include "support/skip.hpp"

namespace bundle::test {

GpgLab::GpgLab() {
  std::filesystem::create_directory(folder() / "gnupg");
  std::filesystem::permissions(folder() / "gnupg", std::filesystem::perms::owner_all);
}

GpgLab::~GpgLab() {
  try {
    run({"gpgconf", "--kill", "all"});  // the agent that gpg left behind
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpg's agent may still run: %s\n", error.what());
  }
}

bool GpgLab::is_possible() {
  if (!find_program("gpg") || !find_program("gpgconf")) {
    skip("gpg is missing");
    return false;
  }
  return true;
}

std::string GpgLab::run(std::vector<std::string> argv, const std::string& input) {
  const Command command{.argv = std::move(argv),
                        .env = {{"GNUPGHOME", (folder() / "gnupg").string()}, {"HOME", folder().string()}},
                        .cwd = folder(),
                        .input = input};
  return run_checked(runner_, command).out;
}

std::string GpgLab::gpg(std::vector<std::string> arguments, const std::string& input) {
  const std::vector<std::string> first = {"gpg", "--batch", "--passphrase", ""};
  arguments.insert(arguments.begin(), first.begin(), first.end());
  return run(std::move(arguments), input);
}

openpgp::KeyFile GpgLab::make_key(const std::string& name, const std::vector<std::string>& options) {
  std::vector<std::string> words = options;
  words.insert(words.end(), {"--quick-generate-key", name, "rsa2048", "sign", "1y"});
  gpg(words);
  return export_key({.name = name, .fingerprint = fingerprints(name).at(0)});
}

openpgp::KeyFile GpgLab::export_key(const openpgp::KeyFile& key) {
  return {.name = key.name,
          .content = gpg({"--armor", "--export", key.fingerprint}),
          .fingerprint = key.fingerprint};
}

std::string GpgLab::export_binary(const openpgp::KeyFile& key) { return gpg({"--export", key.fingerprint}); }

std::vector<std::string> GpgLab::fingerprints(const std::string& name) {
  constexpr std::size_t kFingerprint = 9;
  std::vector<std::string> found;
  const std::string listing = gpg({"--with-colons", "--list-keys", name});
  for (const std::string_view line : split(listing, '\n')) {
    if (line.starts_with("fpr:")) {
      found.emplace_back(split(line, ':')[kFingerprint]);
    }
  }
  return found;
}

void GpgLab::revoke(const openpgp::KeyFile& key) {
  const std::filesystem::path made = folder() / "gnupg/openpgp-revocs.d" / (key.fingerprint + ".rev");
  // gpg puts a colon before the armor, so that nobody imports it by mistake.
  gpg({"--import"}, replace_all(read_file(made, 1 << 20), "\n:-----BEGIN", "\n-----BEGIN"));
}

std::string GpgLab::sign(const std::string& text, const std::string& key,
                         const std::vector<std::string>& options) {
  std::vector<std::string> words = options;
  words.insert(words.end(), {"--armor", "--detach-sign", "--local-user", key, "--output", "-"});
  return gpg(words, text);
}

std::vector<ListedPacket> list_packets(GpgLab& lab, const std::string& binary) {
  const std::string listing = lab.gpg({"--list-packets"}, binary);
  std::vector<ListedPacket> packets;
  for (const std::string_view line : split(listing, '\n')) {
    const auto value_of = [&](std::string_view name) {
      const std::string_view from = line.substr(line.find(name) + name.size());
      return static_cast<std::size_t>(parse_unsigned(from.substr(0, from.find(' '))).value_or(0));
    };
    if (line.starts_with("# off=")) {
      packets.push_back({.tag = static_cast<int>(value_of("tag=")),
                         .offset = value_of("off="),
                         .size = value_of("hlen=") + value_of("plen=")});
    }
  }
  return packets;
}

std::string with_broken_signature(GpgLab& lab, std::string binary) {
  constexpr int kSignature = 2;
  const std::vector<ListedPacket> packets = list_packets(lab, binary);
  const auto first = std::find_if(packets.begin(), packets.end(),
                                  [](const ListedPacket& packet) { return packet.tag == kSignature; });
  char& byte = binary.at(first->offset + first->size - 3);
  byte = static_cast<char>(byte ^ 1);
  return binary;
}

}  // namespace bundle::test
