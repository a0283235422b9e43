// Closures over small made-up repositories: the cases that go wrong, and what is said then.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/error_of.hpp"
#include "unit/rpm/closure_lab.hpp"

using namespace bundle;
using test::contains;
using test::Fixture;
using test::names;
using test::Stub;

TEST_CASE("a closure follows requirements and tells who pulled each package") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"lib >= 2"}},
                   {.name = "lib", .version = "1.0"},
                   {.name = "lib", .version = "2.0", .requires_ = {"libz.so.1()(64bit)"}},
                   {.name = "zlib", .provides = {"libz.so.1()(64bit)"}}});
  const rpm::Closure closure = lab.close({.packages = {"app"}});
  CHECK(names(closure) == "app-1.0-1.x86_64 lib-2.0-1.x86_64 zlib-1.0-1.x86_64");
  CHECK(closure.install[0].why == std::vector<std::string>{"app"});
  CHECK(closure.install[2].why == std::vector<std::string>{"libz.so.1()(64bit) of lib-2.0-1.x86_64",
                                                           "lib >= 2 of app-1.0-1.x86_64", "app"});
  CHECK(closure.install[2].location == "Packages/zlib-1.0-1.x86_64.rpm");
  CHECK(closure.install[2].checksum_kind == "sha256");
  CHECK(closure.install[2].size_bytes == 1000);
}

TEST_CASE("a package may lie above its repository, as in those with one pool for all") {
  Fixture lab;
  lab.add("main", {{.name = "app", .location = "../pool/0123abcd-app-1.0-1.x86_64.rpm"},
                   {.name = "lib", .location = "./lib.rpm"}});
  const rpm::Closure closure = lab.close({.packages = {"app", "lib"}});
  CHECK(names(closure) == "app-1.0-1.x86_64 lib-1.0-1.x86_64");
  CHECK(closure.install[0].location == "../pool/0123abcd-app-1.0-1.x86_64.rpm");
}

TEST_CASE("a name can be wanted in all the ways that dnf knows") {
  Fixture lab;
  lab.add("main",
          {{.name = "kubeadm", .version = "1.29.6", .release = "150500.1.1"},
           {.name = "kubeadm", .version = "1.29.7", .release = "150500.1.1", .epoch = "1"},
           {.name = "kubeadm", .version = "1.30.0", .arch = "i686"},
           {.name = "words", .provides = {"dictionary = 3"}, .other_files = {"/usr/share/dict/words"}}});
  CHECK(names(lab.close({.packages = {"kubeadm"}})) == "kubeadm-1:1.29.7-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm-1.29.6*"}})) == "kubeadm-1.29.6-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm = 1.29.6"}})) == "kubeadm-1.29.6-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm-1.29.6"}})) == "kubeadm-1.29.6-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm-1.29.6-150500.1.1.x86_64"}})) ==
        "kubeadm-1.29.6-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"kubeadm.x86_64"}})) == "kubeadm-1:1.29.7-150500.1.1.x86_64");
  CHECK(names(lab.close({.packages = {"dictionary >= 2"}})) == "words-1.0-1.x86_64");
  CHECK(names(lab.close({.packages = {"/usr/share/dict/words"}})) == "words-1.0-1.x86_64");
}

TEST_CASE("an unknown name is said with the nearest one") {
  Fixture lab;
  lab.add("main", {{.name = "kubelet"}});
  CHECK(lab.error({.packages = {"kubelt"}}) == "no package 'kubelt' in main\nhint: did you mean 'kubelet'?");
}

TEST_CASE("a name that is there for another architecture only, or excluded, is said so") {
  Fixture lab;
  lab.add("main", {{.name = "old", .arch = "i686"}, {.name = "unwanted"}}).excludes = {"unw*"};
  CHECK(contains(lab.error({.packages = {"old"}}), "filtered out: old-1.0-1.i686 by its architecture"));
  CHECK(contains(lab.error({.packages = {"unwanted"}}), "by an exclude of its repository"));
}

TEST_CASE("what nothing provides is told with the chain that needs it") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"middle"}},
                   {.name = "middle", .requires_ = {"selinux-policy >= 38.1.48"}},
                   {.name = "selinux-policy", .version = "34.1"}});
  CHECK(lab.error({.packages = {"app"}}) ==
        "app cannot be installed\n"
        "  - wanted: app\n"
        "  - app-1.0-1.x86_64 requires middle, but none of its providers can be installed\n"
        "  - nothing provides selinux-policy >= 38.1.48 needed by middle-1.0-1.x86_64");
}

TEST_CASE("an upgrade of a base library is told") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"glibc >= 2.35"}},
                   {.name = "glibc", .version = "2.34"},
                   {.name = "glibc", .version = "2.35"}});
  const rpm::Closure closure = lab.close({.packages = {"app"}, .base = lab.base("glibc-2.34-1.x86_64\n")});
  CHECK(names(closure) == "app-1.0-1.x86_64 glibc-2.35-1.x86_64");
  CHECK(closure.upgrades ==
        std::vector<std::string>{"glibc-2.34-1.x86_64 is upgraded to glibc-2.35-1.x86_64"});
  CHECK(closure.removals.empty());
}

TEST_CASE("what the base has is not in the closure") {
  Fixture lab;
  lab.add("main",
          {{.name = "app", .requires_ = {"glibc"}}, {.name = "glibc", .version = "2.34", .epoch = "3"}});
  SUBCASE("from rpm -qa, which prints no epochs and lists keys") {
    const auto base = lab.base("gpg-pubkey-8483c65d-5ccc5b19\nglibc-2.34-1.x86_64\n");
    CHECK(base.kind == rpm::BaseKind::nevra_list);
    CHECK(names(lab.close({.packages = {"app", "glibc"}, .base = base})) == "app-1.0-1.x86_64");
  }
  SUBCASE("from facts.json") {
    const auto base = lab.base(R"({"packages": ["glibc-3:2.34-1.x86_64"], "kernel": "5.14"})");
    CHECK(base.kind == rpm::BaseKind::facts);
    CHECK(names(lab.close({.packages = {"app"}, .base = base})) == "app-1.0-1.x86_64");
  }
  SUBCASE("from testtags") {
    const auto base =
        lab.base("=Ver: 3.0\n=Pkg: glibc 2.34 1 x86_64\n=Req: rpmlib(X) <= 1\n=Prv: glibc = 2.34-1\n");
    CHECK(base.kind == rpm::BaseKind::testtags);
    CHECK(names(lab.close({.packages = {"app"}, .base = base})) == "app-1.0-1.x86_64");
  }
}

TEST_CASE("a base of names is what these need") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"glibc"}},
                   {.name = "bash", .requires_ = {"glibc"}},
                   {.name = "glibc", .version = "2.34"}});
  const auto base = lab.base("# minimal\nbash\nabsent\n");
  CHECK(base.kind == rpm::BaseKind::names);
  const auto closure = lab.close({.packages = {"app"}, .base = base});
  CHECK(names(closure) == "app-1.0-1.x86_64");
  CHECK(closure.notes == std::vector<std::string>{"package absent of the base is in no repository"});
}

TEST_CASE("packages of the base that no repository has are told") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"libc.so.6", "agent"}},
                   {.name = "glibc", .provides = {"libc.so.6"}}});
  const auto closure =
      lab.close({.packages = {"app"}, .base = lab.base("glibc-0.9-7.x86_64\nagent-5-1.x86_64\n")});
  CHECK(names(closure) == "app-1.0-1.x86_64");
  REQUIRE(closure.notes.size() == 2);
  CHECK(contains(closure.notes[0], "glibc-0.9-7.x86_64"));
  CHECK(contains(closure.notes[1], "agent-5-1.x86_64"));
}

TEST_CASE("a base that is none is refused") {
  Fixture lab;
  CHECK_THROWS_AS(lab.base("hello world\n"), Error);
  CHECK_THROWS_AS(rpm::detect_base(lab.folder() / "absent"), Error);
  CHECK_THROWS_AS(rpm::detect_base(lab.folder()), Error);
}

TEST_CASE("an obsoleter replaces the wanted name, and that is told") {
  Fixture lab;
  lab.add("main", {{.name = "runc"}, {.name = "containerd.io", .obsoletes = {"runc"}}});
  const rpm::Closure closure = lab.close({.packages = {"runc"}});
  CHECK(names(closure) == "containerd.io-1.0-1.x86_64");
  CHECK(closure.notes ==
        std::vector<std::string>{"runc is replaced by containerd.io-1.0-1.x86_64, which obsoletes it"});
}

TEST_CASE("a base package that is obsoleted is a removal, in words") {
  Fixture lab;
  lab.add("main", {{.name = "runc"}, {.name = "containerd.io", .obsoletes = {"runc"}}});
  const auto closure = lab.close({.packages = {"containerd.io"}, .base = lab.base("runc-1.0-1.x86_64\n")});
  CHECK(closure.removals ==
        std::vector<std::string>{
            "runc-1.0-1.x86_64 is replaced by containerd.io-1.0-1.x86_64, which obsoletes it"});
}

TEST_CASE("a conflict with the base is told, and never solved by removing") {
  Fixture lab;
  lab.add("main", {{.name = "podman"}, {.name = "containerd.io", .conflicts = {"podman"}}});
  const std::string text =
      lab.error({.packages = {"containerd.io"}, .base = lab.base("podman-1.0-1.x86_64\n")});
  CHECK(contains(
      text, "containerd.io-1.0-1.x86_64 conflicts with podman provided by podman-1.0-1.x86_64 of the base"));
}

TEST_CASE("file lists are loaded only when a dependency is outside of primary") {
  Fixture lab;
  lab.add("main", {{.name = "plain", .requires_ = {"/usr/bin/sh"}},
                   {.name = "speller", .requires_ = {"/usr/share/dict/words"}},
                   {.name = "sh", .files = {"/usr/bin/sh"}},
                   {.name = "words", .other_files = {"/usr/share/dict/words", "/usr/share/doc/words"}}});
  rpm::Sack sack(lab.inputs(), "x86_64", "");
  CHECK(names(sack.close({.packages = {"plain"}})) == "plain-1.0-1.x86_64 sh-1.0-1.x86_64");
  CHECK_FALSE(sack.has_filelists());
  CHECK(names(sack.close({.packages = {"speller"}})) == "speller-1.0-1.x86_64 words-1.0-1.x86_64");
  CHECK(sack.has_filelists());
  CHECK(names(sack.close({.packages = {"plain"}})) == "plain-1.0-1.x86_64 sh-1.0-1.x86_64");
  // Another file that nothing spoke of before, and a pattern of files.
  CHECK(names(sack.close({.packages = {"/usr/share/doc/words"}})) == "words-1.0-1.x86_64");
  CHECK(names(sack.close({.packages = {"/usr/share/d*c/words"}})) == "words-1.0-1.x86_64");
}

TEST_CASE("rich dependencies are followed") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"(nft or legacy)", "(selinux-part if selinux)"}},
                   {.name = "nft"},
                   {.name = "selinux"},
                   {.name = "selinux-part"}});
  CHECK(names(lab.close({.packages = {"app"}})) == "app-1.0-1.x86_64 nft-1.0-1.x86_64");
  CHECK(names(lab.close({.packages = {"app", "selinux"}})) ==
        "app-1.0-1.x86_64 nft-1.0-1.x86_64 selinux-1.0-1.x86_64 selinux-part-1.0-1.x86_64");
}

TEST_CASE("an epoch outweighs the version") {
  Fixture lab;
  lab.add("main", {{.name = "app", .version = "9.0"}, {.name = "app", .version = "1.0", .epoch = "2"}});
  CHECK(names(lab.close({.packages = {"app"}})) == "app-2:1.0-1.x86_64");
}

TEST_CASE("the repository of the better priority wins over the newer build") {
  Fixture lab;
  lab.add("vendor", {{.name = "app", .version = "1.0"}}).priority = 10;
  lab.add("distribution", {{.name = "app", .version = "2.0"}});
  const rpm::Closure closure = lab.close({.packages = {"app"}});
  CHECK(names(closure) == "app-1.0-1.x86_64");
  CHECK(closure.install[0].repository == "vendor");
}

TEST_CASE("recommendations come only when asked for") {
  Fixture lab;
  lab.add("main", {{.name = "app", .recommends = {"extra"}}, {.name = "extra"}});
  CHECK(names(lab.close({.packages = {"app"}})) == "app-1.0-1.x86_64");
  const rpm::Closure closure = lab.close({.packages = {"app"}, .weak = true});
  CHECK(names(closure) == "app-1.0-1.x86_64 extra-1.0-1.x86_64");
  CHECK(closure.install[1].why == std::vector<std::string>{"extra of app-1.0-1.x86_64", "app"});
}

TEST_CASE("an older build is taken only with best off") {
  Fixture lab;
  lab.add("main",
          {{.name = "app", .version = "2.0", .requires_ = {"absent"}}, {.name = "app", .version = "1.0"}});
  const std::string text = lab.error({.packages = {"app"}});
  CHECK(contains(text, "nothing provides absent needed by app-2.0-1.x86_64"));
  CHECK(names(lab.close({.packages = {"app"}, .best = false})) == "app-1.0-1.x86_64");
}

TEST_CASE("kernels are installed beside the one of the base") {
  Fixture lab;
  lab.add("main", {{.name = "kernel-core", .version = "5.14", .release = "1"},
                   {.name = "kernel-core", .version = "5.14", .release = "2"}});
  const auto closure =
      lab.close({.packages = {"kernel-core"}, .base = lab.base("kernel-core-5.14-1.x86_64\n")});
  CHECK(names(closure) == "kernel-core-5.14-2.x86_64");
  CHECK(closure.upgrades.empty());
}

TEST_CASE("the kernel that modules were built for is named, also where none is installed") {
  Fixture lab;
  lab.add("main", {{.name = "kernel", .version = "5.14.0", .release = "503"},
                   {.name = "kernel", .version = "5.14.0", .release = "570"},
                   {.name = "selinux-part", .version = "2"},
                   {.name = "kmod-x",
                    .requires_ = {"(kernel = 5.14.0-503 if kernel)", "(selinux-part = 2 if selinux)"}}});
  const rpm::Closure alone = lab.close({.packages = {"kmod-x"}});
  CHECK(names(alone) == "kmod-x-1.0-1.x86_64");
  CHECK(alone.kernels ==
        std::vector{rpm::KernelOf{.requirement = "kernel = 5.14.0-503", .nevra = "kmod-x-1.0-1.x86_64"}});
  CHECK(names(lab.close({.packages = {"kmod-x", alone.kernels[0].requirement}})) ==
        "kernel-5.14.0-503.x86_64 kmod-x-1.0-1.x86_64");
}

namespace {

std::string module_document(const std::string& name, const std::string& stream, const std::string& version,
                            const std::string& artifact, const std::string& platform = "el8") {
  return "---\ndocument: modulemd\nversion: 2\ndata:\n  name: " + name + "\n  stream: \"" + stream +
         "\"\n  version: " + version +
         "\n  context: c0ffee\n  arch: x86_64\n  dependencies:\n  - requires:\n" + "      platform: [" +
         platform + "]\n  artifacts:\n    rpms:\n    - " + artifact + "\n...\n";
}
std::string default_document(const std::string& name, const std::string& stream) {
  return "---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: " + name + "\n  stream: \"" +
         stream + "\"\n...\n";
}

}  // namespace

TEST_CASE("modular filtering shows the default stream, or the one enabled on the base") {
  const std::vector<Stub> packages = {{.name = "node", .version = "16"},
                                      {.name = "node", .version = "18"},
                                      {.name = "node", .version = "20"},
                                      {.name = "npm", .provides = {"node = 99"}}};
  const std::string modules = module_document("nodejs", "16", "1", "node-0:16-1.x86_64") +
                              module_document("nodejs", "18", "1", "node-0:18-1.x86_64");
  Fixture lab;
  SUBCASE("default stream") {
    lab.add("main", packages, modules + default_document("nodejs", "16"));
    CHECK(names(lab.close({.packages = {"node"}})) == "node-16-1.x86_64");
    CHECK(contains(lab.error({.packages = {"npm"}}), "modular filtering"));
  }
  SUBCASE("enabled stream") {
    lab.add("main", packages, modules + default_document("nodejs", "16"));
    rpm::Base base = lab.base("other-1-1.x86_64\n");
    base.enabled_modules = {"nodejs:18"};
    CHECK(names(lab.close({.packages = {"node"}, .base = base})) == "node-18-1.x86_64");
  }
  SUBCASE("no stream is active: the plain build") {
    lab.add("main", packages, modules);
    CHECK(names(lab.close({.packages = {"node"}})) == "node-20-1.x86_64");
  }
  SUBCASE("another platform's streams are not active") {
    lab.add("main", packages, modules + default_document("nodejs", "16"));
    CHECK(names(lab.close({.packages = {"node"}}, "platform:el9")) == "node-20-1.x86_64");
  }
  SUBCASE("the platform of the metadata is taken when none is given") {
    lab.add("main", packages, modules + default_document("nodejs", "16"));
    CHECK(names(lab.close({.packages = {"node"}}, "")) == "node-16-1.x86_64");
  }
  SUBCASE("module_hotfixes") {
    lab.add("main", packages, modules + default_document("nodejs", "16")).module_hotfixes = true;
    CHECK(names(lab.close({.packages = {"node"}})) == "node-20-1.x86_64");
  }
  SUBCASE("a stream that is enabled but not to be had is told") {
    lab.add("main", packages, modules);
    rpm::Base base = lab.base("other-1-1.x86_64\n");
    base.enabled_modules = {"nodejs:22"};
    const auto closure = lab.close({.packages = {"node"}, .base = base});
    CHECK(contains(join(closure.notes, "\n"), "nodejs:22 is enabled on the base but in no repository"));
  }
  SUBCASE("a broken document is left out and told") {
    lab.add("main", packages, modules + "---\ndocument: modulemd\nversion: 2\ndata: {name: x\n");
    CHECK(contains(join(lab.close({.packages = {"node"}}).notes, "\n"), "modules of main"));
  }
}

namespace {

/// The error of loading a repository whose metadata was tampered with.
std::string load_error(Fixture& lab) {
  try {
    lab.close({.packages = {"app"}});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  }
  FAIL("no error");
  return {};
}

}  // namespace

TEST_CASE("metadata that is not what repomd.xml says is refused") {
  Fixture lab;
  lab.add("main", {{.name = "app"}});
  const auto primary = lab.folder() / "main/repodata/primary.xml";
  const auto repomd = lab.folder() / "main/repodata/repomd.xml";
  std::string content = read_file(primary, 1 << 20);
  SUBCASE("other content of the same size") {
    content[content.find("app")] = 'x';
    test::write_text(primary, content);
    CHECK(contains(load_error(lab), "repomd.xml says"));
  }
  SUBCASE("truncated") {
    test::write_text(primary, content.substr(0, content.size() / 2));
    CHECK(contains(load_error(lab), "bytes, repomd.xml says"));
  }
  SUBCASE("unpacks to more than it says") {
    std::string index = read_file(repomd, 1 << 20);
    const std::string size = "<open-size>" + std::to_string(content.size());
    index.replace(index.find(size), size.size(), "<open-size>100");
    test::write_text(repomd, index);
    CHECK(contains(load_error(lab), "unpacks to more than 100 bytes"));
  }
  SUBCASE("a package whose location is no relative path") {
    for (const char* location : {"/etc/passwd", "pool//x.rpm", "..", "https://x.example/x.rpm"}) {
      test::write_repository(lab.folder() / "main", {{.name = "app", .location = location}});
      CHECK(contains(load_error(lab), "app-1.0-1.x86_64"));
    }
  }
  SUBCASE("no XML") {
    test::write_repository(lab.folder() / "main", {{.name = "app</name>"}});
    CHECK(contains(load_error(lab), "primary.xml is malformed"));
  }
}
