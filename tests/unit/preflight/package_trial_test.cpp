#include "preflight/package_trial.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "media_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::thrown_by;
using test::MediaHost;
using Strings = std::vector<std::string>;

struct TrialHost : MediaHost {
  PackageTrial trial{host, index, *parts, "platform:el9"};
  /// The only folder with a name of its own among those of the trial.
  std::string rpmdb_root() const {
    for (const std::string& name : list_folder(trial.folder())) {
      if (name.starts_with("bundle-")) {
        return (trial.folder() / name).string();
      }
    }
    return {};
  }
  TrialAnswer ask() { return trial.ask_dnf({"kubelet-1.34.3-1.x86_64"}); }
  deliver::DnfFolders folders() const { return {.dnf = trial.folder() / "dnf", .payload = trial.folder()}; }
  std::string root_options() const {
    return " --installroot=" + rpmdb_root() + " --releasever=0 --setopt=reposdir=" + folders().dnf +
           " --setopt=module_platform_id=platform:el9 --quiet install kubelet-1.34.3-1.x86_64";
  }
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
  CHECK(read_file(trial.folder() / "rpms/keys/vendor-ABCD.asc", 100) == "a key");
  CHECK(trial.installed() == Strings{"bash-5.1-1.x86_64"});
}

TEST_CASE_FIXTURE(TrialHost,
                  "the trial has the installation's configuration and command line, in a folder of its own") {
  // The one's text is the other's once its folders are renamed.
  const auto as_installed = [&](const std::string& text) {
    const std::string work = trial.folder().string();
    return replace_all(replace_all(text, work + "/dnf", "/var/lib/bundle/dnf"), work, "/var/lib/bundle");
  };
  CHECK(as_installed(read_file(folders().configuration_path(), 4000)) == deliver::dnf_configuration({}));
  CHECK(as_installed(read_file(folders().repositories_path(), 4000)) == deliver::dnf_repositories(index, {}));
  CHECK(deliver::dnf_repositories(index, {}).find("gpgcheck=1") != std::string::npos);
  const std::string both =
      "dnf -c " + folders().configuration_path() + " -y --noplugins --disableexcludes=all";
  CHECK(as_installed(both + " install kubelet-1.34.3-1.x86_64") ==
        join(deliver::dnf_command({}, "install", {"kubelet-1.34.3-1.x86_64"}), " "));
  SUBCASE("solving") {
    dnf_solves("");
    ask();
    CHECK(runner.ran().back() == both + " --assumeno --debugsolver" + root_options());
  }
  SUBCASE("up to the signatures") {
    runner.on({"dnf"}, {.status = 0});
    CHECK(trial.check_signatures({"kubelet-1.34.3-1.x86_64"}).empty());
    CHECK(runner.ran().back() == both + " --downloadonly" + root_options());
  }
}

TEST_CASE_FIXTURE(TrialHost, "what dnf says of signatures is told without its notes on the way") {
  runner.on({"dnf"},
            {.status = 1,
             .err = "Unable to detect release version (use '--releasever' to specify release version)\n"
                    "Importing GPG key 0x20D33C24:\n Userid     : \"a\"\n Fingerprint: E1AE 0988\n"
                    " From       : /a.asc\nPackage one-1-1.noarch.rpm is not signed\n"
                    "Error: GPG check FAILED\n"});
  CHECK(trial.check_signatures({}) == "Package one-1-1.noarch.rpm is not signed; Error: GPG check FAILED");
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

TEST_CASE_FIXTURE(TrialHost, "rpm tests the packages themselves, signatures included") {
  runner.on({"rpm", "-U", "--test"}, {.status = 0});
  trial.unpack({"socat-1.7-1.x86_64"});
  CHECK(trial.test({"socat-1.7-1.x86_64"}).empty());
  const std::string folder = trial.folder().string();
  CHECK(runner.ran().back() == "rpm -U --test --noplugins --dbpath " + rpmdb_root() +
                                   "/var/lib/rpm --define '_tmppath " + folder + "' " + folder +
                                   "/rpms/signed/x/socat.rpm");
  CHECK(read_file(trial.folder() / "rpms/signed/x/socat.rpm", 100) == "socat");
  SUBCASE("what it refuses, in its words") {
    runner.on({"rpm", "-U", "--test"}, {.status = 1, .err = "error: Failed dependencies:\n\tx is needed\n"});
    CHECK(trial.test({}) == "error: Failed dependencies:; x is needed");
  }
  SUBCASE("or without any") {
    runner.on({"rpm", "-U", "--test"}, {.status = 2});
    CHECK(trial.test({}) == "rpm ended with 2 and said nothing");
  }
  SUBCASE("what metadata have and the index has not is no package") {
    const Error wrong = thrown_by([&] { trial.unpack({"evil-1-1.x86_64"}); });
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
    const PackageTrial trial(host, index, *parts, "platform:el9");
  }
  CHECK(list_folder(host.at("/run")) == Strings{"systemd"});
}

}  // namespace
}  // namespace bundle::preflight
