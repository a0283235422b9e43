#include "oci/credentials.hpp"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace bundle::oci {
namespace {

constexpr std::uint64_t kMaxFileBytes = 4ull << 20;
constexpr const char* kDockerHubKey = "https://index.docker.io/v1/";

/// One file: logins and helpers by normalised key (`host[/path]`).
struct AuthFile {
  std::map<std::string, Login> logins;
  std::map<std::string, std::string> helpers;
  std::string store;
};

/// `https://index.docker.io/v1/` and its like are `docker.io`.
std::string normalise_key(std::string key) {
  for (const std::string scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) {
      key.erase(0, scheme.size());
    }
  }
  for (const std::string end : {"/", "/v1", "/v2"}) {
    if (key.ends_with(end)) {
      key.erase(key.size() - end.size());
    }
  }
  return key == "index.docker.io" || key == "registry-1.docker.io" ? "docker.io" : key;
}

std::optional<Login> read_login(const json::Value& entry, const std::string& where) {
  json::Reader reader(entry, where, ErrorKind::usage);
  Login login{.user = reader.string_or("username", ""),
              .password = reader.string_or("password", ""),
              .identity_token = reader.string_or("identitytoken", "")};
  if (const std::string auth = reader.string_or("auth", ""); !auth.empty()) {
    const auto text = base64_decode(auth);
    const std::size_t colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      reader.fail_at("auth", "expected base64 of user:password");
    }
    login.user = text->substr(0, colon);
    login.password = text->substr(colon + 1);
    login.password.erase(login.password.find_last_not_of('\0') + 1);  // old dockers pad with zero bytes
  }
  const bool is_empty =
      login.password.empty() && login.identity_token.empty();  // the secret is with a helper
  return is_empty ? std::nullopt : std::optional(login);
}

AuthFile read_auth_file(const std::filesystem::path& path) {
  const json::Value root = json::parse(read_file(path, kMaxFileBytes), path.string(), ErrorKind::usage);
  json::Reader reader(root, path.string(), ErrorKind::usage);
  AuthFile file;
  file.store = reader.string_or("credsStore", "");
  const auto members = [&](std::string_view key) -> const json::Object& {
    static const json::Object kNone;
    const json::Value* value = reader.member_or_null(key);
    return value != nullptr && value->if_object() != nullptr ? *value->if_object() : kNone;
  };
  for (const auto& [key, entry] : members("auths")) {
    if (auto login = read_login(entry, path.string() + ": auths." + key)) {
      file.logins[normalise_key(key)] = *std::move(login);
    }
  }
  for (const auto& [key, helper] : members("credHelpers")) {
    if (helper.if_string() != nullptr) {
      file.helpers[normalise_key(key)] = *helper.if_string();
    }
  }
  return file;
}

/// `host/a/b`, `host/a`, `host`.
std::vector<std::string> keys_for(const std::string& host, const std::string& repository) {
  std::vector<std::string> keys;
  for (std::string key = host + "/" + repository;; key.erase(key.rfind('/'))) {
    keys.push_back(key);
    if (key.find('/') == std::string::npos) {
      return keys;
    }
  }
}

std::optional<Login> find_login(const AuthFile& file, const std::string& host,
                                const std::string& repository) {
  for (const std::string& key : keys_for(host, repository)) {
    if (const auto it = file.logins.find(key); it != file.logins.end()) {
      return it->second;
    }
  }
  return std::nullopt;
}

struct HelperAnswer {
  std::optional<Login> login;
  std::string trouble;
};

HelperAnswer read_helper_output(const std::string& out, const std::string& program) {
  const json::Value root = json::parse(out, program, ErrorKind::step);
  json::Reader reader(root, program, ErrorKind::step);
  const std::string user = reader.string("Username");
  const std::string secret = reader.string("Secret");
  if (user == "<token>") {
    return {.login = Login{.identity_token = secret}};
  }
  return {.login = Login{.user = user, .password = secret}};
}

HelperAnswer ask_helper(CommandRunner& runner, const std::string& name, const std::string& host) {
  const std::string program = "docker-credential-" + name;
  if (name.find_first_of("/\\ ") != std::string::npos) {
    return {.trouble = fmt::format("'{}' is not a name of a credential helper", escaped(name, 80))};
  }
  try {
    const CommandResult result = runner.run({.argv = {program, "get"},
                                             .input = host == "docker.io" ? kDockerHubKey : host,
                                             .timeout = std::chrono::seconds(60),
                                             .output_limit_bytes = 1 << 20});
    if (result.status == 0) {
      return read_helper_output(result.out, program);
    }
    return {.trouble = program + ": " + escaped(trim(result.out + result.err), 200)};
  } catch (const Error& error) {  // then nobody is logged in; a 401 will say why
    return {.trouble = program + ": " + error.message()};
  }
}

}  // namespace

std::vector<std::filesystem::path> login_files(const Environment& environment) {
  std::vector<std::filesystem::path> files;
  const std::string home = environment("HOME");
  // A file below the folder that a variable names, else below HOME.
  const auto add = [&](const char* variable, const char* below_home, const char* file) {
    std::filesystem::path folder = environment(variable);
    if (folder.empty() && !home.empty()) {
      folder = std::filesystem::path(home) / below_home;
    }
    if (!folder.empty()) {
      files.push_back(folder / file);
    }
  };
  if (const std::string file = environment("REGISTRY_AUTH_FILE"); !file.empty()) {
    files.emplace_back(file);
  }
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  files.emplace_back(runtime.empty() ? fmt::format("/run/containers/{}/auth.json", ::getuid())
                                     : runtime + "/containers/auth.json");
  add("XDG_CONFIG_HOME", ".config", "containers/auth.json");
  add("DOCKER_CONFIG", ".docker", "config.json");
  return files;
}

std::string words_for_login(const std::string& host) {
  return fmt::format("'docker login {}' or 'podman login {}'", host, host);
}

struct Credentials::State {
  std::vector<AuthFile> files;
  CommandRunner* runner = nullptr;
  std::mutex mutex;
  std::map<std::string, HelperAnswer> asked;  // by host

  std::optional<Login> ask_once(const std::string& name, const std::string& host) {
    const std::lock_guard lock(mutex);
    auto it = asked.find(host);
    if (it == asked.end()) {
      it = asked.emplace(host, ask_helper(*runner, name, host)).first;
    }
    return it->second.login;
  }
};

Credentials::Credentials() : state_(std::make_shared<State>()) {}

Credentials::Credentials(const std::vector<std::filesystem::path>& files, CommandRunner& runner)
    : Credentials() {
  state_->runner = &runner;
  for (const std::filesystem::path& file : files) {
    std::error_code unreadable;  // somebody else's folder, after su: nothing of ours is there
    if (std::filesystem::exists(file, unreadable)) {
      state_->files.push_back(read_auth_file(file));
    }
  }
}

Credentials Credentials::from_environment(CommandRunner& runner) {
  return {login_files([](const char* name) {
            const char* value = std::getenv(name);
            return std::string(value == nullptr ? "" : value);
          }),
          runner};
}

std::optional<Login> Credentials::find(const std::string& host, const std::string& repository) const {
  for (const AuthFile& file : state_->files) {
    const auto helper = file.helpers.find(host);
    std::optional<Login> login = helper != file.helpers.end() ? state_->ask_once(helper->second, host)
                                                              : find_login(file, host, repository);
    if (!login && helper == file.helpers.end() && !file.store.empty()) {
      login = state_->ask_once(file.store, host);
    }
    if (login) {
      return login;
    }
  }
  return std::nullopt;
}

std::string Credentials::trouble(const std::string& host) const {
  const std::lock_guard lock(state_->mutex);
  const auto it = state_->asked.find(host);
  return it == state_->asked.end() ? "" : it->second.trouble;
}

}  // namespace bundle::oci
