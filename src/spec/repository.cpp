#include "spec/repository.hpp"

#include "base/text.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::spec {
namespace {

SignedBy parse_signed_by(yaml::Reader& reader, SignedBy fallback) {
  const yaml::Node* node = reader.optional("signed");
  if (node == nullptr) {
    return fallback;
  }
  const std::string text = reader.scalar(*node, "'signed'");
  for (const SignedBy by : {SignedBy::header, SignedBy::repo, SignedBy::both}) {
    if (text == to_string(by)) {
      return by;
    }
  }
  reader.fail_at(*node, fmt::format("'signed' is header, repo or both, not '{}'", text));
}

ClientCert parse_client_cert(const yaml::Node& node, const std::string& file) {
  yaml::Reader reader(node, file, "'client-cert'");
  ClientCert made{.cert = reader.text("cert"), .key = reader.text("key"), .ca = reader.text_or("ca", "")};
  reader.done();
  return made;
}

}  // namespace

std::vector<GpgKey> read_gpgkeys(yaml::Reader& row) {
  std::vector<GpgKey> keys;
  for (const yaml::Node& node : row.items("gpgkey")) {
    yaml::Reader key_row(node, row.file(), "a key");
    GpgKey key{.url = upstream_url(key_row, key_row.required("url")),
               .fingerprint = key_row.text("fingerprint")};
    key_row.done();
    std::erase(key.fingerprint, ' ');
    key.fingerprint = upper(key.fingerprint);
    const bool is_hex = key.fingerprint.find_first_not_of("0123456789ABCDEF") == std::string::npos;
    if (key.fingerprint.size() != 40 || !is_hex) {
      row.fail_at(node, "'fingerprint' is the 40 hex digits of a primary key");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

UpstreamSignature read_upstream_signature(yaml::Reader& row) {
  UpstreamSignature made{.url = upstream_url_or(row, "signature"), .gpgkeys = read_gpgkeys(row)};
  if (!made.url.empty() && made.gpgkeys.empty()) {
    row.fail_at(row.required("signature"), "a 'signature' needs the key that made it",
                "add gpgkey: [{url: …, fingerprint: …}]");
  }
  if (made.url.empty() && !made.gpgkeys.empty()) {
    row.fail_at(row.required("gpgkey"), "a 'gpgkey' needs the 'signature' that it made",
                "add signature: URL, mostly the same with .asc or .sig behind it");
  }
  return made;
}

std::string to_string(SignedBy by) {
  switch (by) {
    case SignedBy::header:
      return "header";
    case SignedBy::repo:
      return "repo";
    case SignedBy::both:
      break;
  }
  return "both";
}

std::string repository_id(const yaml::Node& node, const std::string& file) {
  return yaml::Reader(node, file, "a repository").text("id");
}

Repository parse_repository(const yaml::Node& node, const std::string& file, const Repository* base) {
  yaml::Reader reader(node, file, "a repository");
  Repository made = base == nullptr ? Repository{} : *base;
  made.id = reader.text("id");
  const bool is_id =
      !made.id.empty() &&
      made.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos &&
      made.id[0] != '.';
  if (!is_id) {
    reader.fail_at(node, fmt::format("'{}' is not a repository id: use [a-z0-9._-]", made.id));
  }
  if (base == nullptr || reader.optional("url") != nullptr) {
    made.url = upstream_url(reader, reader.required("url"));
    while (made.url.ends_with('/')) {
      made.url.pop_back();
    }
  }
  made.signed_by = parse_signed_by(reader, made.signed_by);
  if (reader.optional("gpgkey") != nullptr) {
    made.gpgkeys = read_gpgkeys(reader);
  }
  if (made.gpgkeys.empty()) {
    reader.fail_at(node,
                   fmt::format("repository '{}' has no key, so nothing vouches for its packages", made.id),
                   "add gpgkey: [{url: …, fingerprint: …}]");
  }
  if (const yaml::Node* cert = reader.optional("client-cert")) {
    made.client_cert = parse_client_cert(*cert, file);
  }
  if (const yaml::Node* priority = reader.optional("priority")) {
    const auto value = parse_unsigned(reader.scalar(*priority, "'priority'"));
    if (!value || *value < 1 || *value > 99) {
      reader.fail_at(*priority, "'priority' is a number from 1 (wins) to 99");
    }
    made.priority = static_cast<int>(*value);
  }
  made.module_hotfixes = reader.boolean_or("module-hotfixes", made.module_hotfixes);
  if (reader.optional("exclude") != nullptr) {
    made.excludes = reader.texts("exclude");
  }
  reader.done();
  return made;
}

}  // namespace bundle::spec
