#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::spec {

/// What vouches for a package: its own header signature, the signature of repomd.xml, or both must be there.
enum class SignedBy { header, repo, both };
std::string to_string(SignedBy by);

struct GpgKey {
  std::string url;
  std::string fingerprint;  ///< upper-case hex of the primary key, no spaces; pinned
  bool operator==(const GpgKey&) const = default;
};

/// A detached OpenPGP signature that a vendor publishes beside a thing, and the keys that may have made it.
struct UpstreamSignature {
  std::string url;  ///< empty: none is asked for
  std::vector<GpgKey> gpgkeys;
};

/// TLS client certificate (RHEL entitlements): paths of PEM files.
struct ClientCert {
  std::string cert;
  std::string key;
  std::string ca;
  bool operator==(const ClientCert&) const = default;
};

/// One RPM repository of a target, a component or versions.yml.
struct Repository {
  std::string id;
  std::string url;  ///< without a final slash; `repodata/repomd.xml` is below it
  SignedBy signed_by = SignedBy::header;
  std::vector<GpgKey> gpgkeys;
  std::optional<ClientCert> client_cert;
  int priority = 99;             ///< as dnf's: lower wins
  bool module_hotfixes = false;  ///< its packages are never hidden by module filtering
  std::vector<std::string> excludes;
  bool operator==(const Repository&) const = default;
};

/// A row of `repositories:`. With `base` (a repository of the same id) the keys given replace those of
/// `base`; without it `url` is required. Throws Error(spec) with file:line:column.
Repository parse_repository(const yaml::Node& node, const std::string& file, const Repository* base);
/// `gpgkey: [{url, fingerprint}]` of any row; empty when it has none. Throws Error(spec).
std::vector<GpgKey> read_gpgkeys(yaml::Reader& row);
/// `signature: URL` with its `gpgkey`; neither, or both. Throws Error(spec).
UpstreamSignature read_upstream_signature(yaml::Reader& row);
/// Only the id of such a row.
std::string repository_id(const yaml::Node& node, const std::string& file);

}  // namespace bundle::spec
