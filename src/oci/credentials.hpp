#pragma once

#include <filesystem>
#include <functional>
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

/// The value of an environment variable; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;
/// Where logins lie, the first one first: REGISTRY_AUTH_FILE; podman's containers/auth.json in
/// XDG_RUNTIME_DIR (without one /run/containers/UID/auth.json), then in XDG_CONFIG_HOME or ~/.config;
/// docker's config.json in DOCKER_CONFIG or ~/.docker. Source: containers-auth.json(5), and getPathToAuth in
/// containers/image, pkg/docker/config/config.go.
std::vector<std::filesystem::path> login_files(const Environment& environment);

/// `'docker login HOST' or 'podman login HOST'`, for hints.
std::string words_for_login(const std::string& host);

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
  /// The files of login_files.
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
