#include "preflight/package_trial.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "media_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::MediaHost;
using Strings = std::vector<std::string>;

struct TrialHost : MediaHost {
  PackageTrial trial{host, index, *parts};
  /// The only folder with a name of its own among those of the trial.
  std::string rpmdb_root() const {
    for (const std::string& name : list_folder(trial.folder())) {
      if (name.starts_with("bundle-")) {
        return (trial.folder() / name).string();
      }
    }
    return {};
  }
  TrialAnswer ask() { return trial.ask_dnf({"kubelet-1.34.3-1.x86_64"}, "platform:el9"); }
};

TEST_CASE("a solution of libsolv is read") {
  TrialAnswer answer;
  parse_solution(
      "install kubelet-1.34.3-1.x86_64@bundle-signed\n"
      "upgrade glibc-2.34-1.x86_64@@System glibc-2.34-2.x86_64@bundle-signed\n"
      "erase runc-1.1-1.x86_64@@System\nproblem x info y\n",
      answer);
  CHECK(answer.installs == Strings{"kubelet-1.34.3-1.x86_64", "glibc-2.34-2.x86_64"});
  CHECK(answer.base_changes ==
        Strings{"upgrade glibc-2.34-1.x86_64 with glibc-2.34-2.x86_64", "erase runc-1.1-1.x86_64"});
  SUBCASE("a package that several lines name comes once") {
    parse_solution("obsoletes old-1-1.x86_64@@System kubelet-1.34.3-1.x86_64@bundle-signed\n\nsingle\n",
                   answer);
    CHECK(answer.installs == Strings{"kubelet-1.34.3-1.x86_64", "glibc-2.34-2.x86_64"});
    CHECK(answer.base_changes.back() == "obsoletes old-1-1.x86_64 with kubelet-1.34.3-1.x86_64");
  }
}

TEST_CASE_FIXTURE(TrialHost, "a trial has a copy of the rpmdb and the bundle's repositories below /run") {
  CHECK(trial.folder().parent_path() == host.at("/run"));
  CHECK(read_file(rpmdb_root() + "/var/lib/rpm/rpmdb.sqlite", 100) == "the database");
  CHECK(read_file(trial.folder() / "rpms/signed/repodata/repomd.xml", 100) == "<repomd/>");
  const std::string folder = trial.folder().string();
  CHECK(read_file(trial.folder() / "repos.d/bundle.repo", 1000) ==
        "[bundle-signed]\nname=bundle-signed\nbaseurl=file://" + folder +
            "/rpms/signed\nenabled=1\ngpgcheck=0\nrepo_gpgcheck=0\nmodule_hotfixes=1\n"
            "skip_if_unavailable=0\n");
  CHECK(trial.installed() == Strings{"bash-5.1-1.x86_64"});
}

TEST_CASE_FIXTURE(TrialHost, "dnf is asked without its plugins, other repositories, or a yes") {
  dnf_solves("");
  ask();
  const std::string folder = trial.folder().string();
  CHECK(runner.ran().back() == "dnf -c " + folder + "/dnf.conf --noplugins --installroot=" + rpmdb_root() +
                                   " --releasever=/ --assumeno --debugsolver --quiet install "
                                   "kubelet-1.34.3-1.x86_64");
  CHECK(
      read_file(trial.folder() / "dnf.conf", 4000) ==
      "[main]\nreposdir=" + folder + "/repos.d\ncachedir=" + folder + "/cache\nlogdir=" + folder +
          "/log\npersistdir=" + folder +
          "/persist\ngpgcheck=0\nplugins=0\nbest=1\ninstall_weak_deps=0\nmodule_platform_id=platform:el9\n");
}

TEST_CASE_FIXTURE(TrialHost, "dnf's answer is a solution, or its words") {
  SUBCASE("a solution, by what it writes") {
    dnf_solves("install kubelet-1.34.3-1.x86_64@bundle-signed\n");
    CHECK(ask().problem.empty());
    CHECK(ask().installs == Strings{"kubelet-1.34.3-1.x86_64"});
  }
  SUBCASE("nothing to do") {
    runner.on({"dnf"}, {.status = 0});
    CHECK(ask().problem.empty());
    CHECK(ask().installs.empty());
  }
  SUBCASE("words, without what is no help") {
    runner.on({"dnf"},
              {.status = 1,
               .err = "Last metadata expiration check: 0:00:01 ago\nError: \n Problem: a\n  - nothing "
                      "provides b\n(try to add '--skip-broken')\n"});
    CHECK(ask().problem == "Problem: a; nothing provides b");
  }
  SUBCASE("at most twelve lines of them") {
    std::string words;
    for (int line = 1; line <= 20; ++line) {
      words += fmt::format("{}\n", line);
    }
    runner.on({"dnf"}, {.status = 1, .err = words});
    CHECK(ask().problem == "1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12");
  }
  SUBCASE("no word at all") {
    runner.on({"dnf"}, {.status = 3, .err = "\n"});
    CHECK(ask().problem == "dnf ended with 3 and said nothing");
  }
}

TEST_CASE_FIXTURE(TrialHost, "rpm tests the packages themselves") {
  runner.on({"rpm", "-U", "--test"}, {.status = 0});
  CHECK(trial.test({"socat-1.7-1.x86_64"}).empty());
  const std::string folder = trial.folder().string();
  CHECK(runner.ran().back() == "rpm -U --test --nosignature --noplugins --dbpath " + rpmdb_root() +
                                   "/var/lib/rpm --define '_tmppath " + folder + "' " + folder +
                                   "/rpms/signed/x/socat.rpm");
  SUBCASE("what it refuses, in its words") {
    runner.on({"rpm", "-U", "--test"}, {.status = 1, .err = "error: Failed dependencies:\n\tx is needed\n"});
    CHECK(trial.test({}) == "error: Failed dependencies:; x is needed");
  }
  SUBCASE("or without any") {
    runner.on({"rpm", "-U", "--test"}, {.status = 2});
    CHECK(trial.test({}) == "rpm ended with 2 and said nothing");
  }
  SUBCASE("what metadata have and the index has not is no package") {
    const Error wrong = thrown_by([&] { trial.test({"evil-1-1.x86_64"}); });
    CHECK(wrong.kind() == ErrorKind::integrity);
    CHECK(wrong.message() == "the bundle's repositories have evil-1-1.x86_64, which its index does not list");
  }
}

TEST_CASE_FIXTURE(TrialHost, "what a test takes of memory is the packages' size") {
  CHECK(trial.needed_bytes({}) == 0);
  CHECK(trial.needed_bytes({"kubelet-1.34.3-1.x86_64", "socat-1.7-1.x86_64", "other-1-1.x86_64"}) == 12);
}

TEST_CASE_FIXTURE(MediaHost, "nothing is left of a trial") {
  {
    const PackageTrial trial(host, index, *parts);
  }
  CHECK(list_folder(host.at("/run")) == Strings{"systemd"});
}

}  // namespace
}  // namespace bundle::preflight
