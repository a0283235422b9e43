#include "oci/credentials.hpp"

#include <unistd.h>

#include <fstream>
#include <map>

#include "base/fs.hpp"
#include "support/error_of.hpp"

using namespace bundle;
using namespace bundle::oci;

namespace {

/// Answers as docker-credential-vault does.
struct FakeHelper final : CommandRunner {
  std::vector<Command> commands;
  CommandResult result;
  CommandResult run(const Command& command) override {
    commands.push_back(command);
    return result;
  }
};

struct World {
  TempDir folder;
  FakeHelper helper;
  Credentials load(const std::string& config) {
    std::ofstream(folder.path() / "config.json") << config;
    return {{folder.path() / "none.json", folder.path() / "config.json"}, helper};
  }
};

}  // namespace

TEST_CASE("a login is found under its host, the longest key first") {
  World world;
  const Credentials credentials = world.load(R"({"auths": {
    "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldDpwYXJ0"},
    "quay.io": {"username": "q", "password": "1"},
    "quay.io/team/tool": {"auth": "dGVhbToy"},
    "localhost:5000": {"auth": "bG9jYWw6Mw=="}}})");
  CHECK(credentials.find("docker.io", "library/x") == Login{.user = "hub", .password = "secret:part"});
  CHECK(credentials.find("quay.io", "other")->user == "q");
  CHECK(credentials.find("quay.io", "team/tool")->user == "team");
  CHECK(credentials.find("quay.io", "team/toolbox")->user == "q");
  CHECK(credentials.find("localhost:5000", "x")->password == "3");
  CHECK_FALSE(credentials.find("localhost", "x"));
  CHECK_FALSE(credentials.find("evil.example", "quay.io/team/tool"));
  CHECK_FALSE(Credentials().find("quay.io", "x"));
}

TEST_CASE("a helper is asked once, by name and without a shell") {
  World world;
  world.helper.result.out = R"({"ServerURL": "x", "Username": "me", "Secret": "s"})";
  const Credentials credentials =
      world.load(R"({"auths": {"ghcr.io": {}}, "credHelpers": {"ghcr.io": "vault"}})");
  CHECK(credentials.find("ghcr.io", "a") == Login{.user = "me", .password = "s"});
  CHECK(credentials.find("ghcr.io", "b") == Login{.user = "me", .password = "s"});
  CHECK_FALSE(credentials.find("quay.io", "b"));
  REQUIRE(world.helper.commands.size() == 1);
  CHECK(world.helper.commands[0].argv == std::vector<std::string>{"docker-credential-vault", "get"});
  CHECK(world.helper.commands[0].input == "ghcr.io");
}

TEST_CASE("the credential store knows Docker Hub by its old URL, and tokens by their user") {
  World world;
  world.helper.result.out = R"({"Username": "<token>", "Secret": "s"})";
  const Credentials credentials = world.load(R"({"credsStore": "desktop"})");
  CHECK(credentials.find("docker.io", "library/a") == Login{.identity_token = "s"});
  CHECK(world.helper.commands.at(0).input == "https://index.docker.io/v1/");
}

TEST_CASE("a helper that fails leaves nobody logged in, and its words") {
  World world;
  world.helper.result = {.status = 1, .out = "no keychain\n"};
  const Credentials credentials = world.load(R"({"credsStore": "desktop"})");
  CHECK_FALSE(credentials.find("quay.io", "a"));
  CHECK(credentials.trouble("quay.io") == "docker-credential-desktop: no keychain");
  const Credentials bad = world.load(R"({"credsStore": "../../bin/sh"})");
  CHECK_FALSE(bad.find("quay.io", "a"));
  CHECK(world.helper.commands.size() == 1);
}

TEST_CASE("podman's logins are looked for where podman looks, docker's after them") {
  const auto files_of = [](std::map<std::string, std::string> variables) {
    std::vector<std::string> files;
    for (const std::filesystem::path& file : login_files([&](const char* name) { return variables[name]; })) {
      files.push_back(file.string());
    }
    return files;
  };
  const std::string by_user = "/run/containers/" + std::to_string(::getuid()) + "/auth.json";
  using Files = std::vector<std::string>;
  CHECK(files_of({{"HOME", "/home/me"}, {"XDG_RUNTIME_DIR", "/run/user/7"}}) ==
        Files{"/run/user/7/containers/auth.json", "/home/me/.config/containers/auth.json",
              "/home/me/.docker/config.json"});
  CHECK(files_of({{"HOME", "/root"}}) ==
        Files{by_user, "/root/.config/containers/auth.json", "/root/.docker/config.json"});
  CHECK(files_of({{"REGISTRY_AUTH_FILE", "/ci/auth.json"},
                  {"XDG_CONFIG_HOME", "/cfg"},
                  {"DOCKER_CONFIG", "/docker"}}) ==
        Files{"/ci/auth.json", by_user, "/cfg/containers/auth.json", "/docker/config.json"});
  CHECK(files_of({}) == Files{by_user});
}

TEST_CASE("what podman login wrote is read, and wins over docker's for the same registry") {
  const TempDir home;
  FakeHelper helper;
  make_folders(home.path() / "run/containers");
  make_folders(home.path() / "docker");
  // As podman 4 writes it: keys without a scheme.
  std::ofstream(home.path() / "run/containers/auth.json")
      << R"({"auths": {"quay.io": {"auth": "cG9kOjE="}, "docker.io": {"auth": "cG9kOjI="}}})";
  std::ofstream(home.path() / "docker/config.json")
      << R"({"auths": {"quay.io": {"auth": "ZG9jOjE="}, "ghcr.io": {"auth": "ZG9jOjI="}}})";
  const auto environment = [&](const char* name) {
    const std::string root = home.path().string();
    return std::string(name) == "XDG_RUNTIME_DIR" ? root + "/run"
           : std::string(name) == "DOCKER_CONFIG" ? root + "/docker"
                                                  : "";
  };
  const Credentials credentials(login_files(environment), helper);
  CHECK(credentials.find("quay.io", "x")->user == "pod");
  CHECK(credentials.find("docker.io", "library/x")->password == "2");
  CHECK(credentials.find("ghcr.io", "x")->user == "doc");
}

TEST_CASE("a folder that may not be entered is as good as absent") {
  FakeHelper helper;
  const std::string endless(5000, 'x');  // stat fails with ENAMETOOLONG, also for root
  CHECK_FALSE(Credentials({"/" + endless + "/auth.json"}, helper).find("quay.io", "x"));
}

TEST_CASE("a malformed file is the user's to mend") {
  World world;
  for (const std::string text :
       {"{", R"({"auths": {"a": {"auth": "!!"}}})", R"({"auths": {"a": {"auth": "YQ=="}}})"}) {
    const Error error = test::error_of([&] { world.load(text); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_FALSE(test::contains(error.message(), "YQ=="));
  }
}
