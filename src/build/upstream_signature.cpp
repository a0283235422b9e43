#include "build/upstream_signature.hpp"

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "build/key_file.hpp"
#include "openpgp/keyring.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kMaxSignatureBytes = 1 << 20;

openpgp::Keyring keyring_of(const std::vector<spec::GpgKey>& keys, World& world) {
  std::vector<openpgp::KeyFile> files;
  for (const spec::GpgKey& key : keys) {
    files.push_back(read_key(key, {}, world));
  }
  return {files, world.now, world.runner, "its 'gpgkey'"};
}

std::string fetch_signature(const std::string& url, World& world) {
  try {
    return world.fetcher.fetch_text(url, kMaxSignatureBytes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unresolvable) {
      throw;
    }
    throw Error(ErrorKind::integrity,
                fmt::format("a key is pinned for it, and there is no signature: {}", error.message()),
                "take 'gpgkey' away when its vendor does not sign it; then nobody vouches for it");
  }
}

/// The digest that a provenance file has for a file: Chart.yaml comes first, then a line `...`, then the
/// digests, which are no YAML document of one stream (that would begin with `---`). Source: helm,
/// pkg/provenance/sign.go
std::string provenance_sha256(const std::string& text, const std::string& file_name, const std::string& url) {
  constexpr std::string_view kKind = "sha256:";
  constexpr std::string_view kEnd = "\n...\n";
  const std::size_t end = text.find(kEnd);
  const yaml::Node sums = yaml::parse_one(
      end == std::string::npos ? std::string() : text.substr(end + kEnd.size()), url, ErrorKind::integrity);
  const yaml::Node* files = sums.find("files");
  const yaml::Node* digest = files == nullptr ? nullptr : files->find(file_name);
  if (digest == nullptr || !digest->is_scalar() || !digest->text.starts_with(kKind)) {
    fail(ErrorKind::integrity,
         "what is signed says nothing of {}: it may be the provenance of another version", file_name);
  }
  return digest->text.substr(kKind.size());
}

}  // namespace

spec::Voucher voucher_by_signature(const std::filesystem::path& content,
                                   const spec::UpstreamSignature& signature, World& world) {
  return with_context("checking the signature " + signature.url, [&] {
    const std::string text = fetch_signature(signature.url, world);
    return spec::Voucher{.by = spec::VouchedBy::openpgp,
                         .key = keyring_of(signature.gpgkeys, world).require_signature(content, text)};
  });
}

spec::Voucher voucher_by_provenance(const std::string& archive_url, const std::string& file_name,
                                    const std::string& sha256, const std::vector<spec::GpgKey>& keys,
                                    World& world) {
  const std::string url = archive_url + ".prov";
  return with_context("checking the provenance " + url, [&] {
    const std::string text = fetch_signature(url, world);
    openpgp::SignedText provenance = keyring_of(keys, world).require_clearsigned(text);
    if (const std::string signed_sha256 = provenance_sha256(provenance.content, file_name, url);
        signed_sha256 != sha256) {
      fail(ErrorKind::integrity, "{} has the digest sha256:{}, and sha256:{} was signed", file_name, sha256,
           signed_sha256);
    }
    return spec::Voucher{.by = spec::VouchedBy::openpgp, .key = std::move(provenance.primary)};
  });
}

}  // namespace bundle::build
