#include <doctest/doctest.h>

#include "base/text.hpp"
#include "cluster/cluster_facts.hpp"
#include "cluster/kubeadm_config.hpp"
#include "fake_host.hpp"
#include "support/cluster_bundle.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::error;
using test::FakeHost;
using test::warning;
using Strings = std::vector<std::string>;

/// A balancing master with a bundle whose packages rpm unpacks to the programs that are asked; each accepts
/// what it is given until a test says otherwise.
struct JudgeHost : FakeHost {
  JudgeHost() {
    index = bundle.index();
    for (const std::string name : {"kubeadm", "haproxy", "keepalived"}) {
      index.rpms.push_back({.nevra = name + "-1-1.x86_64", .path = index.rpms.at(2).path});
    }
    site = site::read_site(R"(cluster: {endpoint: "10.0.0.100:6553"}
vip: {address: 10.0.0.100/24}
nodes: [{name: node1, address: 10.0.0.5, roles: [master, lb]}]
)",
                           "/root/site.yml");
    node.lb = true;
    runner.on({"rpm", "-qp"}, {.out = "1048576"});
    runner.on({"rpm", "-i"}, [this](const Command& command) { return unpack(command); });
    runner.on({}, [this](const Command& command) { return run(command); });
  }

  CommandResult unpack(const Command& command) {
    const std::filesystem::path to = command.argv.at(3);
    CHECK(std::filesystem::is_regular_file(command.argv.back()));
    for (const std::string program :
         {"usr/bin/kubeadm", "usr/bin/containerd", "usr/sbin/haproxy", "usr/sbin/keepalived"}) {
      make_folders((to / program).parent_path());
      write_file_atomically(to / program, "a program");
    }
    return {};
  }
  CommandResult run(const Command& command) {
    const std::string name = std::filesystem::path(command.argv.front()).filename().string();
    for (const std::string& word : command.argv) {
      if (word.ends_with("/document")) {
        documents[name] = read_file(word, 1 << 20);
      }
    }
    if (const auto answer = answers.find(name); answer != answers.end()) {
      return answer->second;
    }
    if (documents.contains(name)) {
      CHECK(command.clean_env);
      return {};
    }
    fail(ErrorKind::usage, "cannot run {}: not found", name);
  }
  std::vector<Check> look() {
    std::vector<Finding> findings;
    const format::PartSet parts(index, {bundle.folder}, findings);
    Inspection inspection{.host = host, .index = index, .parts = &parts, .site = site, .node = node};
    run_checks(inspection, judge_checks());
    CHECK(list_folder(host.at("/run")) == Strings{"systemd"});
    return inspection.found;
  }
  Check only_one() {
    const std::vector<Check> found = look();
    return found.size() == 1 ? found[0] : Check{.id = fmt::format("{} findings", found.size())};
  }

  TempDir media;
  bundle::test::ClusterBundle bundle{media.path()};
  std::map<std::string, CommandResult> answers;
  std::map<std::string, std::string> documents;
};

TEST_CASE_FIXTURE(JudgeHost,
                  "each program of the bundle is asked about the very document that it would get") {
  put("/etc/passwd", "haproxy:x:188:188::/:/sbin/nologin\n");
  put("/etc/group", "haproxy:x:188:\n");
  CHECK(look().empty());
  const cluster::ClusterFacts facts = cluster::cluster_facts(host, index, node);
  CHECK(documents.at("kubeadm") == cluster::kubeadm_config(facts, site, node));
  CHECK(holds(documents.at("containerd"), "root = \"/var/lib/containerd\"\n"));
  CHECK(holds(documents.at("haproxy"), "  user haproxy\n  group haproxy\n"));
  CHECK(holds(documents.at("haproxy"), "bind *:6553\n"));
  CHECK(holds(documents.at("keepalived"), "virtual_router_id 61\n"));
  Strings asked;
  for (const std::string& line : runner.ran()) {
    if (const std::size_t at = line.find("/root/usr/"); at != std::string::npos) {
      const std::string folder = line.substr(0, at);
      CHECK(std::filesystem::path(folder).parent_path() == host.at("/run"));
      asked.push_back(replace_all(line, folder, ""));
    }
  }
  CHECK(asked == Strings{"/root/usr/bin/containerd --config /document config dump",
                         "/root/usr/bin/kubeadm config validate --config /document",
                         "/root/usr/sbin/haproxy -c -f /document",
                         "/root/usr/sbin/keepalived -t -f /document"});
}

TEST_CASE_FIXTURE(JudgeHost,
                  "packages are unpacked without the host's database, scriptlets or signatures of theirs") {
  look();
  const std::string& unpacked = runner.ran().at(1);
  for (const char* option : {" --root ", " --dbpath /var/lib/rpm ", " --nodeps ", " --noscripts ",
                             " --notriggers ", " --noplugins "}) {
    CAPTURE(option);
    CHECK(holds(unpacked, option));
  }
  CHECK_FALSE(host.exists("/var"));
}

TEST_CASE_FIXTURE(JudgeHost, "who balances nothing and is no master has fewer to ask") {
  node.lb = false;
  look();
  CHECK(documents.size() == 2);
  documents.clear();
  node.roles = {"worker"};
  look();
  CHECK(documents.size() == 1);
  CHECK(documents.contains("containerd"));
}

TEST_CASE_FIXTURE(JudgeHost, "a refusal is an error with the program's words") {
  answers["kubeadm"] = {
      .status = 3,
      .err =
          "W1127 09:15:02.123456 7 initconfiguration.go:333] error unmarshaling\n"
          "controlPlaneEndpoint: Invalid value: \"https://10.99.0.100:6553\": must be a valid "
          "IP address\nTo see the stack trace of this error execute with --v=5 or higher\n"};
  CHECK(
      only_one() ==
      error(
          "config-refused",
          "kubeadm of this bundle refuses /var/lib/bundle/kubeadm.yaml as it would be written: "
          "controlPlaneEndpoint: Invalid value: \"https://10.99.0.100:6553\": must be a valid IP address; To "
          "see the stack trace of this error execute with --v=5 or higher",
          "correct /root/site.yml; --dry-run shows /var/lib/bundle/kubeadm.yaml whole"));
  site.file.clear();
  CHECK(only_one().fix ==
        "give a site file with other values; --dry-run shows /var/lib/bundle/kubeadm.yaml whole");
}

TEST_CASE_FIXTURE(JudgeHost, "a refusal names the file that there will be, not the one that is gone") {
  runner.on({}, [this](const Command& command) {
    if (!command.argv.front().ends_with("/haproxy")) {
      return run(command);
    }
    return CommandResult{
        .status = 1,
        .err = "[NOTICE]   (7) : haproxy version is 2.4.22\n[ALERT]    (7) : config : parsing [" +
               command.argv.back() + ":25] : unknown keyword 'x'\n"};
  });
  CHECK(only_one().seen ==
        "haproxy of this bundle refuses /etc/haproxy/haproxy.cfg as it would be written: [ALERT]    (7) : "
        "config : "
        "parsing [/etc/haproxy/haproxy.cfg:25] : unknown keyword 'x'");
}

TEST_CASE_FIXTURE(JudgeHost, "a program that says nothing has refused as well") {
  answers["keepalived"] = {.status = 4};
  CHECK(only_one().seen.ends_with("as it would be written: it ended with 4 and said nothing"));
  CHECK(only_one().severity == Severity::error);
}

constexpr const char* kGoOn =
    "go on: it is asked again when it starts, with what its package needs installed by then";

TEST_CASE_FIXTURE(JudgeHost, "a program that cannot run on this host yet was not asked, which is said") {
  const std::string words =
      "/root/usr/sbin/haproxy: error while loading shared libraries: liblua-5.4.so: cannot open shared "
      "object file";
  SUBCASE("it lacks a library") {
    answers["haproxy"] = {.status = 127, .err = words + "\n"};
    CHECK(only_one() == warning("config-untried",
                                "haproxy of this bundle could not be asked whether it takes "
                                "/etc/haproxy/haproxy.cfg: " +
                                    words,
                                kGoOn));
  }
  SUBCASE("the loader ends with 1 for a library that is too old") {
    answers["haproxy"] = {
        .status = 1,
        .err = "haproxy: /lib64/libc.so.6: version `GLIBC_2.34' not found (required by haproxy)\n"};
    CHECK(only_one().id == "config-untried");
  }
  SUBCASE("a signal ends it: another processor") {
    answers["haproxy"] = {.status = 132};
    CHECK(only_one().seen.ends_with(": it ended with 132"));
    CHECK(only_one().id == "config-untried");
  }
  SUBCASE("/run is mounted noexec") {
    runner.on({}, bundle::test::FakeRunner::Answer([](const Command&) -> CommandResult {
                fail(ErrorKind::usage, "cannot run it: permission denied");
              }));
    CHECK(look().size() == 4);
    CHECK(
        look()[1].seen ==
        "kubeadm of this bundle could not be asked whether it takes /var/lib/bundle/kubeadm.yaml: cannot run "
        "it: permission denied");
  }
}

TEST_CASE_FIXTURE(JudgeHost, "a package that gives no program is said to give none") {
  node.lb = false;
  SUBCASE("rpm refuses it") {
    runner.on({"rpm", "-i"}, {.status = 1, .err = "error: unpacking of archive failed: cpio: read\n"});
    CHECK(look().size() == 2);
    CHECK(holds(look()[1].seen, "rpm cannot unpack rpms/signed/"));
    CHECK(holds(look()[1].seen, "unpacking of archive failed"));
  }
  SUBCASE("it is another one") {
    runner.on({"rpm", "-i"}, {.status = 0});
    CHECK(look()[1].seen.ends_with(": the package kubeadm has no /usr/bin/kubeadm"));
  }
  SUBCASE("the bundle does not bring it") {
    std::erase_if(index.rpms, [](const format::Rpm& one) { return one.nevra.starts_with("kubeadm"); });
    CHECK(only_one().seen.ends_with(": the bundle has no package kubeadm for this role"));
  }
  SUBCASE("there is no room for it") {
    put("/proc/meminfo", "MemTotal: 2000000 kB\nMemAvailable: 100000 kB\n");
    CHECK(look().size() == 2);
    CHECK(holds(look()[1].seen, "256.0 MiB of memory for a while, 97.7 MiB are available"));
  }
  SUBCASE("there is no room for what is in it") {
    runner.on({"rpm", "-qp"}, {.out = "109951162777600"});
    CHECK(look().size() == 2);
    CHECK(holds(look()[1].seen, "it takes 100.0 TiB of memory for a while"));
  }
  for (const Check& check : look()) {
    CHECK(check.severity == Severity::warning);
  }
}

TEST_CASE_FIXTURE(JudgeHost,
                  "accounts that a package makes are not asked for before, the rest of the document is") {
  look();
  CHECK_FALSE(holds(documents.at("haproxy"), "user haproxy"));
  CHECK_FALSE(holds(documents.at("haproxy"), "group haproxy"));
  CHECK(holds(documents.at("haproxy"), "  log /dev/log local0\n\ndefaults\n"));
}

TEST_CASE_FIXTURE(JudgeHost, "keepalived finds the check script that it would get") {
  std::string script;
  runner.on({}, [&](const Command& command) {
    const CommandResult result = run(command);
    if (command.argv.front().ends_with("/keepalived")) {
      const std::string path = command.cwd / "check_apiserver.sh";
      CHECK(holds(documents.at("keepalived"), "script \"" + path + "\"\n"));
      script = read_file(path, 1 << 20);
    }
    return result;
  });
  look();
  CHECK(holds(script, "https://127.0.0.1:6553/readyz"));
}

TEST_CASE_FIXTURE(JudgeHost, "a bundle that no configuration can be made for has nothing to be tried") {
  std::erase_if(index.images, [](const format::Image& one) { return holds(one.ref, "/pause:"); });
  CHECK(only_one().id == "config-untried");
  CHECK(holds(only_one().seen, "no configuration could be made to be tried: "));
  CHECK(runner.ran().empty());
}

TEST_CASE_FIXTURE(JudgeHost,
                  "a package that is not what the index says is an error of its own, and a stop is one") {
  SUBCASE("damaged media") {
    for (format::Entry& entry : index.entries) {
      entry.sha256 = entry.path.str() == index.rpms.at(2).path ? std::string(64, '0') : entry.sha256;
    }
    CHECK(thrown_by([&] { look(); }).kind() == ErrorKind::integrity);
  }
  SUBCASE("somebody stopped it") {
    runner.on({}, bundle::test::FakeRunner::Answer([](const Command&) -> CommandResult {
                throw Error(ErrorKind::interrupted, "stopped");
              }));
    CHECK(thrown_by([&] { look(); }).kind() == ErrorKind::interrupted);
  }
  CHECK(list_folder(host.at("/run")) == Strings{"systemd"});
}

}  // namespace
}  // namespace bundle::preflight
