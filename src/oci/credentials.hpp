#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.hpp"

namespace bundle::oci {

/// What a user logged in with at a registry: user and password, or a token to exchange for access.
struct Login {
  std::string user;
  std::string password;
  std::string identity_token;
  bool operator==(const Login&) const = default;
};

/// The logins that `docker login`, `podman login` and `skopeo login` left. Copies share what was looked up;
/// safe from several threads. Source: docker's config file reference; containers-auth.json(5);
/// docker-credential-helpers.
class Credentials {
 public:
  /// Nobody is logged in anywhere.
  Credentials();
  /// The files in this order, those that exist. `runner` runs their credential helpers and must outlive this.
  /// Throws Error(usage) for a malformed file.
  Credentials(const std::vector<std::filesystem::path>& files, CommandRunner& runner);
  /// REGISTRY_AUTH_FILE, then config.json in DOCKER_CONFIG or ~/.docker.
  static Credentials from_environment(CommandRunner& runner);

  /// The login for `repository` at `host` (`docker.io`, `localhost:5000`): the longest key that fits in the
  /// first file that has one. A helper is asked once.
  std::optional<Login> find(const std::string& host, const std::string& repository) const;
  /// Why a helper gave nothing for `host`; empty when there is nothing to say.
  std::string trouble(const std::string& host) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace bundle::oci
