#include "host/known_environment.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>

#include "base/fs.hpp"
#include "support/in_child.hpp"

// Over the real runner: what a program of the host really gets.
namespace bundle::host {
namespace {

constexpr std::string_view kKnown =
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\nHOME=/var/lib/bundle/"
    "home\nLC_ALL=C\n";

/// What a person, a login shell or a service manager may have set.
constexpr std::array kForeign = {"HELM_NAMESPACE", "HELM_DRIVER",   "HELM_KUBEAPISERVER",
                                 "KUBECONFIG",     "KUBE_EDITOR",   "KUBECTL_EXTERNAL_DIFF",
                                 "KUBECACHEDIR",   "http_proxy",    "HTTP_PROXY",
                                 "Http_Proxy",     "https_proxy",   "HTTPS_PROXY",
                                 "no_proxy",       "NO_PROXY",      "ALL_PROXY",
                                 "all_proxy",      "DNF_FRONTEND",  "CONTAINERD_ADDRESS",
                                 "LANG",           "LANGUAGE",      "LC_MESSAGES",
                                 "TMPDIR",         "XDG_DATA_HOME", "XDG_CONFIG_HOME",
                                 "PYTHONPATH",     "PYTHONHOME",    "BASH_ENV",
                                 "SYSTEMD_PAGER",  "NOTIFY_SOCKET", "CONTAINER_RUNTIME_ENDPOINT",
                                 "LD_LIBRARY_PATH"};

/// In a process of its own: our environment is everybody's.
bool gives(const Command& command, std::string_view wanted) {
  return test::in_child([&] {
           for (const char* name : kForeign) {
             ::setenv(name, "/foreign", 1);
           }
           ::setenv("HOME", "/foreign", 1);
           PosixRunner real;
           KnownEnvironment runner(real);
           return runner.run(command).out == wanted ? 0 : 1;
         }) == 0;
}

}  // namespace

TEST_CASE("a program of the host gets our environment, and nothing of the caller's") {
  CHECK(gives({.argv = {"/usr/bin/env"}}, kKnown));
  CHECK(gives({.argv = {"env"}}, kKnown));
}

TEST_CASE("what a command sets itself stays, and comes before what is ours") {
  CHECK(gives({.argv = {"env"}, .env = {{"HOME", "/run/x"}, {"KUBECONFIG", "/run/y"}}},
              "HOME=/run/x\nKUBECONFIG=/run/y\n"
              "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\nLC_ALL=C\n"));
}

TEST_CASE("a program that stands before the host's own in the caller's PATH is not run") {
  const TempDir folder;
  write_file_atomically(folder.path() / "env", "#!/bin/sh\necho trap\n", 0755);
  const bool is_ours = test::in_child([&] {
                         ::setenv("PATH", (folder.path().string() + ":/usr/bin:/bin").c_str(), 1);
                         PosixRunner real;
                         KnownEnvironment runner(real);
                         return runner.run({.argv = {"env"}}).out == kKnown ? 0 : 1;
                       }) == 0;
  CHECK(is_ours);
}

}  // namespace bundle::host
