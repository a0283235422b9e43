#include "deliver/ctr.hpp"
#include "host/host.hpp"

#include <doctest/doctest.h>

#include <map>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/fake_runner.hpp"
#include "support/thrown.hpp"

namespace bundle::deliver {
namespace {

/// A host whose ctr answers from a table.
struct Machine {
  bundle::test::FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  host::Host host{.root = "/nonexistent", .runner = runner, .log = log, .progress = progress, .now = [] {
                    return std::int64_t{0};
                  }};

  void on(std::vector<std::string> words, CommandResult result) {
    words.insert(words.begin(), {"ctr", "-n", "k8s.io"});
    runner.on(std::move(words), std::move(result));
  }
};

// As 1.7.28 and 2.1.5 print them.
constexpr std::string_view kChecked =
    "REF      TYPE                                    DIGEST STATUS            SIZE                UNPACKED "
    "\n"
    "r.io/a:1 application/vnd.oci.image.index.v1+json sha:aa complete (4/4)    480.1 MiB/480.1 MiB true\n"
    "r.io/b:1 application/vnd.oci.image.index.v1+json sha:bb incomplete (2/3)  1.2 KiB/1.4 MiB     false\n"
    "r.io/c:1 application/vnd.oci.image.index.v1+json sha:cc error             -                   false\n"
    "r.io/d:1 application/vnd.oci.image.index.v1+json sha:dd unavailable (0/?) 0.0 B/?             false\n";
constexpr std::string_view kListed =
    "REF      TYPE                                    DIGEST SIZE      PLATFORMS   LABELS\n"
    "r.io/a:1 application/vnd.oci.image.index.v1+json sha:aa 480.1 MiB linux/amd64 "
    "io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned \n"
    "r.io/b:1 application/vnd.oci.image.index.v1+json sha:bb 1.2 KiB   -           "
    "io.cri-containerd.pinned=pinned-not \n";

TEST_CASE("the tables of ctr are read by words") {
  const KnownImages known = parse_images(kChecked, kListed);
  REQUIRE(known.size() == 4);
  const KnownImage& whole = known.at("r.io/a:1");
  CHECK(whole.digest == "sha:aa");
  CHECK(whole.is_complete);
  CHECK(whole.is_unpacked);
  CHECK(whole.is_pinned);
  for (const char* broken : {"r.io/b:1", "r.io/c:1", "r.io/d:1"}) {
    CHECK_FALSE(known.at(broken).is_complete);
    CHECK_FALSE(known.at(broken).is_unpacked);
    CHECK_FALSE(known.at(broken).is_pinned);
  }
  CHECK(parse_images("", "REF TYPE DIGEST SIZE PLATFORMS LABELS \n").empty());
}

TEST_CASE("a broken image of somebody else's does not stop the question") {
  Machine machine;
  machine.on({"images", "ls"}, {.out = std::string(kListed)});
  machine.on({"images", "check"},
             {.status = 1, .out = std::string(kChecked), .err = "unable to check r.io/c:1"});
  CHECK(known_images(machine.host).size() == 4);
  machine.on({"images", "check"}, {.status = 1, .err = "failed to dial"});
  CHECK(bundle::test::thrown_by([&] { known_images(machine.host); }).kind() == ErrorKind::step);
}

TEST_CASE("only leases that end by themselves are ended, and rubbish is collected") {
  Machine machine;
  machine.on({"plugins"}, {});
  machine.on({"leases", "ls"},
             {.out = "ID         CREATED AT           LABELS\n"
                     "pod        2026-11-22T02:45:50Z -\n"
                     "948-iNMj   2026-11-22T02:45:50Z containerd.io/gc.expire=2026-11-23T03:13:01Z\n"});
  machine.on({"leases", "rm"}, {});
  machine.on({"leases", "create"}, {});
  clear_leftovers(machine.host, {"sha256:aa"});
  CHECK(machine.runner.ran() ==
        std::vector<std::string>{"ctr -n k8s.io leases ls", "ctr -n k8s.io leases rm 948-iNMj",
                                 "ctr -n k8s.io leases create --id bundle-install -x 1h",
                                 "ctr -n k8s.io leases rm --sync bundle-install",
                                 "ctr -n k8s.io plugins ls -d id==content"});
}

TEST_CASE("what a killed pull or import was writing of ours is taken out, other writers are left") {
  Machine machine;
  const TempDir root;
  machine.host.root = root.path();
  machine.on({"leases"}, {});
  machine.on({"plugins", "ls", "-d", "id==content"}, {.out = "Type: x\nroot /data/content\n"});
  for (const auto& [name, ref] : std::map<std::string, std::string>{{"a", "k8s.io/1/tar-index.json"},
                                                                    {"b", "k8s.io/2/layer-sha256:aa"},
                                                                    {"c", "moby/1/tar-index.json"},
                                                                    {"d", "k8s.io/3/layer-sha256:bb"},
                                                                    {"e", "moby/2/layer-sha256:aa"}}) {
    make_folders(root.path() / "data/content/ingest" / name);
    write_file_atomically(root.path() / "data/content/ingest" / name / "ref", ref);
  }
  clear_leftovers(machine.host, {"sha256:aa"});
  CHECK(machine.host.list("/data/content/ingest") == std::vector<std::string>{"c", "d", "e"});
}

TEST_CASE("images in use are those that containers name, by whichever name") {
  Machine machine;
  machine.on({"containers", "ls"},
             {.out = "CONTAINER IMAGE    RUNTIME\n1f2e      r.io/a:1 io.containerd.runc.v2\n"});
  CHECK(digests_in_use(machine.host, parse_images(kChecked, kListed)) == std::set<std::string>{"sha:aa"});
}

TEST_CASE("what ctr says decides the exit code and what to type") {
  Machine machine;
  const Command command = ctr({"images", "import", "-"});
  const auto failure = [&](const std::string& said) {
    return bundle::test::thrown_by(
        [&] { fail_ctr(machine.host, command, {.status = 1, .err = said}, 3ull << 30); });
  };
  machine.on({"version"}, {});
  machine.on({"plugins", "ls"}, {.out = "Exports:\n      root      /data/containerd/content\n"});

  const Error full = failure("ctr: write /data/x/data: no space left on device: unknown");
  CHECK(full.kind() == ErrorKind::no_space);
  CHECK(bundle::test::holds(full.message(), "at least 3.0 GiB more are needed"));

  const Error ended = failure("ctr: rpc error: code = Unavailable desc = error reading from server: EOF");
  CHECK(ended.kind() == ErrorKind::step);
  CHECK(bundle::test::holds(ended.message(), "containerd does not answer"));
  CHECK(bundle::test::holds(ended.hint(), "systemctl status containerd"));

  const Error other = failure("ctr: unrecognized image format");
  CHECK(other.kind() == ErrorKind::step);
  CHECK(bundle::test::holds(other.message(), "unrecognized image format"));
  machine.on({"version"}, {.status = 1});
  CHECK(bundle::test::holds(failure("ctr: broken pipe").message(), "containerd does not answer"));
}

}  // namespace
}  // namespace bundle::deliver
