// Which builds a wanted text takes, where dnf has rules of its own: each answer is the one that dnf 4.14 gave
// over repositories of the same packages.
#include "support/error_of.hpp"
#include "unit/rpm/closure_lab.hpp"

using namespace bundle;
using test::contains;
using test::Fixture;
using test::names;
using test::Stub;

TEST_CASE("a pattern takes every name that it matches") {
  Fixture lab;
  lab.add("main", {{.name = "kubeadm", .version = "1.29"},
                   {.name = "kubeadm", .version = "1.30"},
                   {.name = "kubelet", .version = "1.30", .files = {"/usr/bin/kubelet"}},
                   {.name = "nginx", .provides = {"webserver"}},
                   {.name = "httpd", .provides = {"webserver"}, .files = {"/usr/bin/kube-proxy"}}});
  CHECK(names(lab.close({.packages = {"kube*"}})) == "kubeadm-1.30-1.x86_64 kubelet-1.30-1.x86_64");
  CHECK(names(lab.close({.packages = {"kube*.x86_64"}})) == "kubeadm-1.30-1.x86_64 kubelet-1.30-1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm-1.29*"}})) == "kubeadm-1.29-1.x86_64");
  CHECK(names(lab.close({.packages = {"webserv*"}})) == "httpd-1.0-1.x86_64 nginx-1.0-1.x86_64");
  CHECK(lab.close({.packages = {"/usr/bin/kube*"}}).install.size() == 1);
  CHECK(lab.close({.packages = {"webserver"}}).install.size() == 1);
  CHECK(lab.error({.packages = {"cri-*"}}) == "no package 'cri-*' in main");
}

TEST_CASE("a pattern may stand in every part of a build's name") {
  Fixture lab;
  lab.add("main", {{.name = "kubeadm", .version = "1.29.6", .release = "150500.1.1"},
                   {.name = "kubeadm", .version = "1.29.7", .release = "150500.1.1"},
                   {.name = "kubeadm", .version = "1.30.1", .release = "150500.1.1"},
                   {.name = "selinux", .version = "3.1.2", .epoch = "1"},
                   {.name = "selinux", .version = "3.2.0", .epoch = "1"}});
  const auto answer = [&](const std::string& wanted) { return names(lab.close({.packages = {wanted}})); };
  for (const char* wanted :
       {"kubeadm-1.29*", "kubeadm-1.29.*", "kubeadm-1.29.?", "kubeadm-1.[23]9*", "kube*-1.29.*", "*-1.29.7*",
        "kubeadm-1.29.*-150500.1.1", "kubeadm-1.29.*-*", "kubeadm-1.29.*.x86_64", "kubeadm-1.29.7-*",
        "kubeadm-1.29.7-150500*", "kubeadm-1.29.7-150500.1.1.*"}) {
    CAPTURE(wanted);
    CHECK(answer(wanted) == "kubeadm-1.29.7-150500.1.1.x86_64");
  }
  for (const char* wanted : {"kubeadm-*", "kubeadm.*", "kubeadm.x86_*"}) {
    CAPTURE(wanted);
    CHECK(answer(wanted) == "kubeadm-1.30.1-150500.1.1.x86_64");
  }
  for (const char* wanted : {"selinux-3.1.*", "selinux-1:3.1.*", "selinux-1:3.1*"}) {
    CAPTURE(wanted);
    CHECK(answer(wanted) == "selinux-1:3.1.2-1.x86_64");
  }
  CHECK(contains(lab.error({.packages = {"selinux-2:3.1*"}}), "no package 'selinux-2:3.1*'"));
}

TEST_CASE("each name of a pattern that cannot be installed is told under the pattern") {
  Fixture lab;
  lab.add("main", {{.name = "kubeadm"}, {.name = "kubelet", .requires_ = {"absent"}}});
  CHECK(lab.error({.packages = {"kube*"}}) ==
        "kube* cannot be installed\n"
        "  - wanted: kube*\n"
        "  - nothing provides absent needed by kubelet-1.0-1.x86_64");
}

TEST_CASE("an obsoleter is taken for a name, not for a build that was pinned") {
  Fixture lab;
  lab.add("main", {{.name = "runc", .version = "1.0"},
                   {.name = "runc", .version = "1.1"},
                   {.name = "containerd.io", .conflicts = {"runc"}, .obsoletes = {"runc"}}});
  CHECK(names(lab.close({.packages = {"runc"}})) == "containerd.io-1.0-1.x86_64");
  CHECK(names(lab.close({.packages = {"runc-1.0"}})) == "runc-1.0-1.x86_64");
  CHECK(names(lab.close({.packages = {"runc = 1.0"}})) == "runc-1.0-1.x86_64");
  CHECK(names(lab.close({.packages = {"runc-1.1-1.x86_64"}})) == "runc-1.1-1.x86_64");
  CHECK(names(lab.close({.packages = {"runc.x86_64"}})) == "runc-1.1-1.x86_64");
  const rpm::Closure closure = lab.close({.packages = {"run*"}});
  CHECK(names(closure) == "containerd.io-1.0-1.x86_64");
  CHECK(closure.notes ==
        std::vector<std::string>{"runc is replaced by containerd.io-1.0-1.x86_64, which obsoletes it"});
}

TEST_CASE("a base package is downgraded where the wish asks for it, and that is told") {
  Fixture lab;
  lab.add("main", {{.name = "lib", .version = "1.0"}, {.name = "app", .requires_ = {"lib = 1.0"}}});
  const rpm::Base base = lab.base("lib-2.0-1.x86_64\n");
  const std::vector<std::string> told = {"lib-2.0-1.x86_64 is downgraded to lib-1.0-1.x86_64"};
  CHECK(names(lab.close({.packages = {"lib"}, .base = base})).empty());
  CHECK(lab.close({.packages = {"lib-1.0"}, .base = base}).upgrades == told);
  const rpm::Closure closure = lab.close({.packages = {"app"}, .base = base});
  CHECK(names(closure) == "app-1.0-1.x86_64 lib-1.0-1.x86_64");
  CHECK(closure.upgrades == told);
}

TEST_CASE("dnf keeps three kernels, and those are told of which the oldest that does not run goes") {
  Fixture lab;
  lab.add("main", {{.name = "kernel-core", .version = "5.14", .release = "4"}});
  const auto removals = [&](const std::string& base) {
    const rpm::Closure closure = lab.close({.packages = {"kernel-core"}, .base = lab.base(base)});
    CHECK(names(closure) == "kernel-core-5.14-4.x86_64");
    CHECK(closure.upgrades.empty());
    return closure.removals;
  };
  CHECK(removals("kernel-core-5.14-2.x86_64\nkernel-core-5.14-3.x86_64\n").empty());
  CHECK(removals("kernel-core-5.14-2.x86_64\nkernel-core-5.14-1.x86_64\nkernel-core-5.14-3.x86_64\n") ==
        std::vector<std::string>{"dnf keeps 3 builds of kernel-core: it removes the oldest not running of "
                                 "kernel-core-5.14-1.x86_64, kernel-core-5.14-2.x86_64"});
  CHECK(removals("kernel-core-5.14-2.x86_64\nkernel-core-5.14-1.x86_64\nkernel-core-5.14-3.x86_64\n"
                 "kernel-core-5.13-9.x86_64\n") ==
        std::vector<std::string>{
            "dnf keeps 3 builds of kernel-core: it removes the 2 oldest not running of "
            "kernel-core-5.13-9.x86_64, kernel-core-5.14-1.x86_64, kernel-core-5.14-2.x86_64"});
}

TEST_CASE("an exclude may name a build") {
  Fixture lab;
  auto& input =
      lab.add("main", {{.name = "app", .version = "2"}, {.name = "app", .version = "3", .epoch = "1"}});
  for (const char* exclude :
       {"app-3", "app-1:3", "app-3-1", "app-1:3-1", "app-3-1.x86_64", "app-1:3-1.x86_64", "*-3"}) {
    CAPTURE(exclude);
    input.excludes = {exclude};
    CHECK(names(lab.close({.packages = {"app"}})) == "app-2-1.x86_64");
  }
  input.excludes = {"app.x86_64"};
  const std::string error = lab.error({.packages = {"app"}});
  CHECK(error == "all builds of 'app' are filtered out: app-1:3-1.x86_64 by an exclude of its repository");
}

TEST_CASE("a version that is not there is told with those that are") {
  Fixture lab;
  lab.add("main", {{.name = "kubeadm", .version = "1.34.1"},
                   {.name = "kubeadm", .version = "1.34.10"},
                   {.name = "kubeadm-doc", .version = "1.34.1"},
                   {.name = "kubeadm", .version = "1.34.10", .arch = "i686"}});
  const std::string hint = "\nhint: there is kubeadm-1.34.10-1.x86_64, kubeadm-1.34.1-1.x86_64";
  for (const char* wanted :
       {"kubeadm-1.34.3*", "kubeadm = 1.34.3", "kubeadm>1.35", "kubeadm-1.34.3-1.x86_64"}) {
    CHECK(lab.error({.packages = {wanted}}) == "no package '" + std::string(wanted) + "' in main" + hint);
  }
  CHECK(lab.error({.packages = {"kubeadm-doc-1.35"}}) ==
        "no package 'kubeadm-doc-1.35' in main\nhint: there is kubeadm-doc-1.34.1-1.x86_64");
}

TEST_CASE("a group is no package") {
  Fixture lab;
  lab.add("main", {{.name = "core"}});
  CHECK(lab.error({.packages = {"@core"}}) ==
        "no package '@core' in main\nhint: groups and modules are not resolved: name their packages");
}

TEST_CASE("a conflict with a file loads file lists") {
  Fixture lab;
  lab.add("main", {{.name = "app", .conflicts = {"/usr/share/words"}},
                   {.name = "words", .other_files = {"/usr/share/words"}}});
  CHECK(lab.error({.packages = {"app", "words"}}).find("conflicts with /usr/share/words") !=
        std::string::npos);
}

namespace {

std::string stream_document(const std::string& stream) {
  return "---\ndocument: modulemd\nversion: 2\ndata:\n  name: nodejs\n  stream: \"" + stream +
         "\"\n  version: 1\n  context: c0ffee\n  dependencies:\n  - requires: {platform: [el8]}\n"
         "  artifacts: {rpms: [\"node-0:" +
         stream + "-1.x86_64\"]}\n...\n";
}
std::string default_document(const std::string& stream, const std::string& modified) {
  return "---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: nodejs\n  modified: " + modified +
         "\n  stream: \"" + stream + "\"\n...\n";
}

}  // namespace

TEST_CASE("of several default streams of a module the later one counts") {
  Fixture lab;
  const std::vector<Stub> builds = {{.name = "node", .version = "16"}, {.name = "node", .version = "18"}};
  const std::string streams = stream_document("16") + stream_document("18");
  const auto answer = [&](const std::string& here, const std::string& elsewhere) {
    lab.inputs().clear();
    lab.add("main", builds, streams + here);
    lab.add("other", {{.name = "node", .version = "20"}}, elsewhere);
    return names(lab.close({.packages = {"node"}}));
  };
  CHECK(answer(default_document("16", "1"), default_document("18", "2")) == "node-18-1.x86_64");
  CHECK(answer(default_document("16", "2"), default_document("18", "1")) == "node-16-1.x86_64");
  CHECK(answer(default_document("16", "1"), default_document("16", "1")) == "node-16-1.x86_64");
  CHECK(answer(default_document("16", "1"), default_document("18", "1")) == "node-20-1.x86_64");
  CHECK(answer(default_document("16", "2") + default_document("18", "1"), "") == "node-18-1.x86_64");
}
