#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace bundle::spec {

/// join.yml: what a host needs to become a node of a cluster that is there; a secret until `expires`.
struct Join {
  std::filesystem::path file;
  std::string role;          ///< master, worker or gpu
  std::string cluster_name;  ///< as in site.yml
  std::string cluster_id;    ///< the UID of the namespace kube-system
  std::string endpoint;      ///< HOST:PORT of the API servers
  std::string pod_subnet;
  std::string service_subnet;
  std::vector<std::string> ca_pins;  ///< `sha256:HEX` of the public keys of the cluster's CA
  std::string token;                 ///< `ID.SECRET`, six and sixteen letters or digits
  std::int64_t expires = 0;          ///< the end of token (and certificate key), seconds since the epoch
  std::string kubernetes;            ///< v1.34.3
  std::string bundle_name;
  std::string bundle_version;
  std::string index_sha256;  ///< of the bundle.json that the cluster was made from

  std::string token_id() const { return token.substr(0, token.find('.')); }
  std::string token_secret() const { return token.substr(token.find('.') + 1); }
};

/// Parses and checks every value. Throws Error(spec) with file:line:column; a message never shows the token.
Join read_join(std::string_view text, const std::filesystem::path& file);
/// Of at most 64 KiB.
Join load_join(const std::filesystem::path& file);

/// The text of a file that join-info made; a longer one is none: Error(spec).
std::string join_text(const std::filesystem::path& file, std::uint64_t limit_bytes);
/// What mends a file of join-info that is not as it should be.
constexpr std::string_view kJoinAnew = "make it anew on a master: bundle join-info --role ROLE";

std::string to_yaml(const Join& join);

}  // namespace bundle::spec
