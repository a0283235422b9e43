#include "deliver/install_rpms.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::deliver {
namespace {

using test::FakeWorld;

format::Rpm rpm(const std::string& nevra, const std::string& why) {
  return {.nevra = nevra,
          .path = "rpms/signed/" + nevra + ".rpm",
          .repository = "r",
          .trust = "header",
          .why = {why}};
}

format::Entry entry(const std::string& path) {
  return {.path = RelPath(path), .size_bytes = 1, .at = {{.part = 0, .offset = 512, .size_bytes = 1}}};
}

/// Two packages that somebody asked for, one that comes along, a vendor's key.
format::Index two_packages() {
  format::Index index;
  index.rpms = {rpm("app-1-1.x86_64", "rpms: x > app"),
                rpm("lib-2-1.x86_64", "rpms: x > app > lib of app-1-1.x86_64"),
                rpm("tool-1-1.x86_64", "rpms: x > tool-1*")};
  index.entries = {entry("rpms/keys/r-AAAABBBBCCCCDDDD.asc"), entry("rpms/signed/repodata/repomd.xml")};
  return index;
}

std::unique_ptr<FakeWorld> bare() {
  auto world = test::new_world();
  world->rpmdb.available = {
      {"app-1-1.x86_64", {.files = {{"/usr/bin/app", "app"}, {"/opt/new/deep/file", "x"}}, .needs = {"lib"}}},
      {"lib-2-1.x86_64", {.files = {{"/usr/lib64/lib.so", "lib"}}}},
      {"tool-1-1.x86_64", {.files = {{"/usr/bin/tool", "tool"}}}},
      {"more-1-1.x86_64", {.files = {{"/srv/more/file", "more"}}}}};
  world->rpmdb.imported_keys = {"gpg-pubkey-ccccdddd-12345678"};
  for (const char* nevra : {"app-1-1.x86_64", "lib-2-1.x86_64", "tool-1-1.x86_64", "more-1-1.x86_64"}) {
    world->put(std::string("/var/lib/bundle/rpms/signed/") + nevra + ".rpm", "");
  }
  return world;
}

}  // namespace

TEST_CASE("packages are installed lawfully, wherever the transaction is cut off") {
  const format::Index index = two_packages();
  CHECK(test::check_laws(bare, test::lawful([&](FakeWorld&) { return install_rpms(index, {"master"}); },
                                            undo_packages)) > 8);
}

TEST_CASE("what the host has already is neither asked for nor removed") {
  const format::Index index = two_packages();
  const auto world = [] {
    auto made = bare();
    made->rpmdb.install("app-9-9.x86_64", {});  // any build is good: it was asked for by its bare name
    made->rpmdb.keys = {"gpg-pubkey-ccccdddd-12345678"};
    return made;
  };
  test::check_laws(world,
                   test::lawful([&](FakeWorld&) { return install_rpms(index, {"master"}); }, undo_packages));
  const auto made = world();
  test::WorldHost host(*made);
  steps::Context context(host.host);
  install_rpms(index, {"master"})->apply(context);
  CHECK(made->programs.ran().back().ends_with("install tool-1-1.x86_64"));
  CHECK_FALSE(made->rpmdb.installed.contains("lib-2-1.x86_64"));
}

TEST_CASE("a second bundle adds to what undo removes, and is mended after a cut like the first") {
  format::Index second = two_packages();
  second.rpms.push_back(rpm("more-1-1.x86_64", "rpms: x > more"));
  const format::Index first = two_packages();
  for (std::size_t point = 0;; ++point) {
    CAPTURE(point);
    const auto world = bare();
    const std::string before = world->snapshot();
    test::WorldHost host(*world);
    std::vector<steps::Change> changes;
    json::Array marks;
    const auto run = [&](const format::Index& index) {
      const auto action = install_rpms(index, {"master"});
      steps::Context context(host.host, changes, marks,
                             [&](const json::Value& what) { marks.push_back(what); });
      if (action->is_done(context)) {
        return;
      }
      steps::Change change = action->capture(context);
      if (!changes.empty()) {  // as the executor keeps what was there first
        change.before["keys"] = changes[0].before.at("keys");
      }
      changes = {std::move(change)};
      context.begun(changes);
      action->apply(context);
      action->verify(context);
    };
    run(first);
    CHECK_FALSE(world->rpmdb.installed.contains("more-1-1.x86_64"));
    world->power.cut_at(point);
    bool was_cut = false;
    try {
      run(second);
    } catch (const test::PowerCut&) {
      was_cut = true;
    }
    world->power.restore();
    run(second);
    CHECK(world->get("/srv/more/file") == "more");  // rpm does not sync: a cut leaves the package without it
    CHECK(world->get("/usr/bin/tool") == "tool");
    undo_packages(host.host, changes.at(0));
    CHECK(test::difference(before, world->snapshot(), {"history "}) == "");
    if (!was_cut) {
      CHECK(point > 4);
      break;
    }
  }
}

TEST_CASE("a change of a version before, without 'ours', is undone as it was meant") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const format::Index index = two_packages();
  install_rpms(index, {"master"})->apply(context);
  const json::Object old{
      {"absent", json::Array{"app-1-1.x86_64", "lib-2-1.x86_64", "tool-1-1.x86_64"}},
      {"folders", json::Array{"/opt/new/deep", "/opt/new", "/opt", "/usr/lib64", "/usr/bin"}},
      {"keys", json::Array{}},
      {"key-versions", json::Array{"ccccdddd"}}};
  undo_packages(host.host, {.type = "packages", .key = "rpmdb", .before = old});
  CHECK(world->rpmdb.installed.empty());
  CHECK(world->rpmdb.keys.empty());
  CHECK_FALSE(world->exists("/opt/new"));
}

TEST_CASE("what somebody has put in the place of a folder stays") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const format::Index index = two_packages();
  const auto action = install_rpms(index, {"master"});
  const steps::Change change = action->capture(context);
  action->apply(context);
  const std::filesystem::path made = world->files.at("/opt/new/deep");
  std::filesystem::remove_all(made);
  SUBCASE("a file") {
    world->put("/opt/new/deep", "theirs");
    undo_packages(host.host, change);
    CHECK(world->get("/opt/new/deep") == "theirs");
  }
  SUBCASE("a link") {
    std::filesystem::create_directory_symlink("/srv", made);
    undo_packages(host.host, change);
    CHECK(std::filesystem::is_symlink(made));
  }
  SUBCASE("nothing") {
    undo_packages(host.host, change);
    CHECK_FALSE(world->exists("/opt"));
  }
  CHECK(world->rpmdb.installed.empty());
}

TEST_CASE("the mark of a version before says that what it installed is on disk") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context fresh(host.host);
  const format::Index index = two_packages();
  const auto action = install_rpms(index, {"master"});
  const steps::Change change = action->capture(fresh);
  action->apply(fresh);
  steps::Context cut_off(host.host, {change}, {});
  CHECK_FALSE(action->is_done(cut_off));
  steps::Context marked(host.host, {change}, json::Array{json::Value("on disk")});
  CHECK(action->is_done(marked));
  steps::Context other(host.host, {change},
                       json::Array{json::Value(json::Object{{"on-disk", "of something else"}})});
  CHECK_FALSE(action->is_done(other));
}

TEST_CASE("a transaction that dnf refuses is told in its words") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const format::Index index = two_packages();
  world->rpmdb.transaction_error = "nothing provides libfoo";
  const Error error = test::thrown_by([&] { install_rpms(index, {"master"})->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "nothing provides libfoo"));
}

TEST_CASE("packages that the host's dnf.conf excludes are installed all the same") {
  const auto world = bare();
  world->put("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\nexcludepkgs=app,tool\n");
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const format::Index index = two_packages();
  install_rpms(index, {"master"})->apply(context);
  CHECK(world->rpmdb.installed.contains("app-1-1.x86_64"));
  CHECK(world->rpmdb.installed.contains("tool-1-1.x86_64"));
}

}  // namespace bundle::deliver
