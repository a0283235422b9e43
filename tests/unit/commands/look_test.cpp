#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "commands/diff.hpp"
#include "commands/inspect.hpp"
#include "commands/why.hpp"
#include "support/small_bundle.hpp"
#include "support/test_session.hpp"

using namespace bundle;
using commands::Difference;

namespace {

struct Fixture {
  TempDir dir;
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {});
  std::string out;
  commands::Session session = test::make_session(out);

  bool shows(std::string_view text) const { return out.find(text) != std::string::npos; }
};

format::Index sample() { return test::make_index(test::default_options(), "installer"); }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "inspect shows every list without a key") {
  commands::inspect(session, bundle.folder.string());
  for (const char* text : {"registry.k8s.io/pause:3.10", "vim-enhanced-2:8.0-1.x86_64", "files/model.gguf",
                           "small-2026.11.0-x86_64.000.tar", "demo", "v1.2.3"}) {
    CAPTURE(text);
    CHECK(shows(text));
  }
}

TEST_CASE_FIXTURE(Fixture, "inspect says who vouched, and of an older bundle that nobody wrote it down") {
  commands::inspect(session, bundle.folder.string());
  CHECK(shows("OpenPGP key"));  // of the package
  CHECK(shows("vouched for: 1 OpenPGP key, "));
  CHECK(shows(" not recorded\n"));
}

TEST_CASE_FIXTURE(Fixture, "inspect as JSON says that nothing was verified, and gives sizes") {
  session.output = commands::OutputFormat::json;
  commands::inspect(session, bundle.folder.string());
  const json::Value document = json::parse(out, "inspect");
  CHECK_FALSE(*document.find("verified")->if_bool());
  CHECK(*document.find("rpms")->if_array()->at(0).find("size")->if_integer() == 400'000);
}

TEST_CASE("a bundle does not differ from itself") {
  CHECK(commands::differences(sample(), sample()).empty());
}

TEST_CASE("what is added, removed and changed is told by name, with sizes") {
  const format::Index before = sample();
  format::Index after = before;
  after.components[0].version = "v1.3.0";
  after.images[0].ref = "registry.k8s.io/pause:3.11";
  after.rpms[0].nevra = "vim-enhanced-2:9.1-3.x86_64";
  for (format::Entry& entry : after.entries) {
    if (entry.path.str() == "rpms/signed/vim.rpm") {
      entry.sha256 = std::string(64, 'e');
      entry.size_bytes = 500'000;
    }
  }
  after.files.clear();
  const std::vector<Difference> found = commands::differences(before, after);
  REQUIRE(found.size() == 4);
  CHECK(found[0] == Difference{.kind = "component", .name = "demo", .before = "v1.2.3", .after = "v1.3.0"});
  CHECK(found[1].kind == "file");
  CHECK_FALSE(found[1].after.has_value());
  CHECK(found[1].size_before == 2'500'000);
  CHECK(found[2].name == "registry.k8s.io/pause linux/amd64");
  CHECK(found[2].before->starts_with("3.10 sha256:"));
  CHECK(found[2].after->starts_with("3.11 sha256:"));
  CHECK(found[3] == Difference{.kind = "rpm",
                               .name = "vim-enhanced.x86_64",
                               .before = "2:8.0-1",
                               .after = "2:9.1-3",
                               .size_before = 400'000,
                               .size_after = 500'000});
}

TEST_CASE("two versions of one image are told apart") {
  format::Index before = sample();
  format::Index after = before;
  after.images.push_back(after.images[0]);
  after.images[1].ref = "registry.k8s.io/pause:3.11";
  const std::vector<Difference> found = commands::differences(before, after);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].before.has_value());
  CHECK(found[0].name == "registry.k8s.io/pause:3.11 linux/amd64");
}

TEST_CASE_FIXTURE(Fixture, "diff of two folders") {
  test::SmallBundleOptions other = test::default_options();
  other.name = "other";
  other.contents["charts/demo.tgz"] = test::noise(6'000, 5);
  const test::SmallBundle newer = test::make_bundle(dir.path(), other, {});
  commands::diff(session, bundle.folder.string(), newer.folder.string());
  CHECK(shows("changed"));
  CHECK(shows("1 difference,"));
}

TEST_CASE_FIXTURE(Fixture, "why gives the chain, by whole and by short names") {
  const auto why = [&](const std::string& name) {
    out.clear();
    commands::why(session, bundle.folder.string(), name);
    return out;
  };
  CHECK(
      why("pause") ==
      "image registry.k8s.io/pause:3.10 (gpu, master)\n  kubernetes v1.34.3 > kubeadm config images list\n");
  CHECK(why("registry.k8s.io/pause") == why("registry.k8s.io/pause:3.10"));
  CHECK(why("vim-enhanced") == "rpm vim-enhanced-2:8.0-1.x86_64\n  rpms: vim-enhanced\n");
  CHECK(why("model.gguf").starts_with("file files/model.gguf\n"));
  CHECK(why("demo").find("component demo v1.2.3") != std::string::npos);
  CHECK(why("demo").find("chart demo 1.2.3") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "why with a name that is not there offers the nearest") {
  try {
    commands::why(session, bundle.folder.string(), "puase");
    FAIL("found");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.hint() == "did you mean 'pause'?");
  }
}

TEST_CASE_FIXTURE(Fixture, "why reads a lock as well") {
  spec::Lock lock{.name = "demo", .version = "1", .os = "rhel-8.10", .arch = "x86_64"};
  lock.rpms = {{.nevra = "bash-5.1-1.x86_64", .why = {"rpms: bash"}}};
  CHECK(commands::find_reasons(commands::reasons(lock), "bash").at(0).why.at(0) == "rpms: bash");
}
