#include "signing/join_key.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "signing/cipher.hpp"
#include "spec/join.hpp"

namespace bundle::signing {
namespace {

constexpr std::uint64_t kMaxBytes = 4 << 10;
constexpr std::string_view kFormat = "bundle-join-key/1";
constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kAnew = "make both files anew on a master: bundle join-info --role master";

std::string bound_to(const std::string& cluster_id) { return std::string(kFormat) + " " + cluster_id; }

}  // namespace

std::string seal_certificate_key(std::string_view certificate_key, std::string_view passphrase,
                                 const std::string& cluster_id) {
  const std::string salt = random_bytes(kSaltBytes);
  const std::string sealed = encrypt(certificate_key, stretch(passphrase, salt), bound_to(cluster_id));
  return json::canonical(json::Object{{"cluster", cluster_id},
                                      {"format", kFormat},
                                      {"salt", base64_encode(salt)},
                                      {"sealed", base64_encode(sealed)}}) +
         "\n";
}

std::string open_certificate_key(std::string_view text, std::string_view passphrase,
                                 const std::string& cluster_id, const std::string& name) {
  const json::Value value = json::parse(text, name, ErrorKind::spec);
  json::Reader reader(value, name, ErrorKind::spec);
  if (reader.string("format") != kFormat) {
    reader.fail_at("format", fmt::format("is not '{}'", kFormat));
  }
  const std::string cluster = reader.string("cluster");
  const std::optional<std::string> salt = base64_decode(reader.string("salt"));
  const std::optional<std::string> sealed = base64_decode(reader.string("sealed"));
  reader.done();
  if (!salt || salt->size() != kSaltBytes || !sealed) {
    throw Error(ErrorKind::spec, fmt::format("{} is damaged", name), std::string(kAnew));
  }
  if (cluster != cluster_id) {
    throw Error(ErrorKind::spec, fmt::format("{} belongs to another cluster than the join file", name),
                std::string(kAnew));
  }
  const std::optional<std::string> key = decrypt(*sealed, stretch(passphrase, *salt), bound_to(cluster_id));
  if (!key || !is_hex_256(*key)) {
    throw Error(ErrorKind::usage,
                fmt::format("this is not the passphrase of {}, or the file is damaged", name),
                "the one that was given to bundle join-info; " + std::string(kAnew));
  }
  return *key;
}

std::string join_key_text(const std::filesystem::path& file) { return spec::join_text(file, kMaxBytes); }

}  // namespace bundle::signing
