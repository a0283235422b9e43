#include "install/opened.hpp"

#include <doctest/doctest.h>

#include "install/history.hpp"
#include "support/cluster_bundle.hpp"
#include "support/healthy_host.hpp"
#include "support/thrown.hpp"

namespace bundle::install {
namespace {

using test::holds;
using test::thrown_by;

struct Fixture {
  TempDir media;
  test::ClusterBundle bundle{media.path()};
  test::HealthyHost fake;
  OpenRequest request{
      .folders = {bundle.folder}, .roles = "master", .trust = {.expected_sha256 = bundle.verified.sha256()}};
  TempDir kept;

  Opened open() { return open_bundle(fake.host, request); }

  std::filesystem::path part(std::size_t number) const {
    return bundle.folder / bundle.index().parts.at(number).name;
  }

  /// The number of the part in which an entry lies.
  std::uint64_t part_of(const std::string& path) const {
    return bundle.index().find_entry(path)->at.at(0).part;
  }

  void flip(const std::filesystem::path& file, std::uint64_t offset) const {
    std::string bytes = read_file(file, 64 << 20);
    bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 1);
    std::filesystem::remove(file);
    write_new_file(file, bytes, 0644);
  }

  steps::Journal journal() const { return {kept.path() / "journal", steps::Journal::Access::write}; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a sound bundle is opened, with what this host is") {
  const Opened opened = open();
  CHECK(opened.index().name == "site");
  CHECK(opened.node.name == "node1");
  CHECK(opened.site.pod_subnet == "10.244.0.0/16");
  CHECK(opened.parts.has(0));
}

TEST_CASE_FIXTURE(Fixture, "without trust nothing is read") {
  request.trust = {};
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
  request.trust.expected_sha256 = std::string(64, '0');
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "an installer with other bytes is a fault of the bundle") {
  flip(bundle.folder / "bundle", 7);
  const Error error = thrown_by([&] { open(); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "has 1 fault; nothing was changed"));
}

TEST_CASE_FIXTURE(Fixture, "a header that is not the index's is found before anything is used") {
  flip(part(0), 10);
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "a byte of the payload is found with verify_first, and else when it is used") {
  const format::Entry* entry = bundle.index().find_entry("files/model.gguf");
  flip(part(entry->at.at(0).part), entry->at.at(0).offset);
  CHECK_NOTHROW(open());
  request.verify_first = true;
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "a part that this role needs must be there") {
  std::filesystem::remove(part(part_of("charts/metallb-0.16.1.tgz")));
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "a site file that contradicts the role stops it") {
  write_file_atomically(kept.path() / "site.yml", "nodes: [{name: w, address: 10.0.0.5, roles: [worker]}]\n");
  request.site = kept.path() / "site.yml";
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::spec);
  request.roles.clear();
  CHECK(open().node.name == "w");
}

TEST_CASE_FIXTURE(Fixture, "a site file whose signature fails stops it before its values do") {
  const signing::PrivateKey key = signing::PrivateKey::generate();
  request.trust.keys = {{key.public_key(), "builder.pub"}};
  request.site = bundle.folder / "site.yml";
  request.roles.clear();
  write_file_atomically(request.site, "nodes: [{name: m, address: 10.0.0.5, roles: [master]}]\n");
  CHECK(open().site.origin == site::SiteOrigin::on_media);
  const std::string signature = key.sign(as_bytes(read_file(request.site, 1 << 20)));
  write_file_atomically(bundle.folder / ("site.yml." + key.public_key().id() + ".sig"), signature);
  CHECK(open().site.origin == site::SiteOrigin::signed_by_trusted);
  write_file_atomically(request.site, "nodes: [{name: M, address: 10.0.0.5, roles: [master]}]\n");
  CHECK(thrown_by([&] { open(); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "an endpoint on a port of something else stops it") {
  request.site = kept.path() / "site.yml";
  request.roles.clear();
  write_file_atomically(request.site, R"(cluster: {endpoint: "10.0.0.100:10250"}
vip: {address: 10.0.0.100/24}
nodes: [{name: m, address: 10.0.0.5, roles: [master, lb]}]
)");
  const Error error = thrown_by([&] { open(); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(error.position().line == 1);
  CHECK(holds(error.message(), "that of kubelet"));
}

TEST_CASE_FIXTURE(Fixture, "networks give way to the host's only where no site file chose them") {
  fake.set_routes(R"([{"dst":"10.244.0.0/16","dev":"eth0"}])");
  CHECK(open().site.pod_subnet != "10.244.0.0/16");
  write_file_atomically(kept.path() / "site.yml", "nodes: [{name: m, address: 10.0.0.5, roles: [master]}]\n");
  request.site = kept.path() / "site.yml";
  CHECK(open().site.pod_subnet == "10.244.0.0/16");
}

TEST_CASE_FIXTURE(Fixture, "an installation is recorded once for its bundle, roles and node") {
  steps::Journal kept_journal = journal();
  const Opened opened = open();
  record_install(kept_journal, fake.host, opened);
  record_install(kept_journal, fake.host, opened);
  REQUIRE(kept_journal.installs().size() == 1);
  CHECK(kept_journal.installs()[0].version == "2026.11.0");
  CHECK(kept_journal.installs()[0].roles == "master");
  Opened other = open();
  other.node.name = "renamed";
  record_install(kept_journal, fake.host, other);
  other.node.roles = {"gpu", "master"};
  record_install(kept_journal, fake.host, other);
  REQUIRE(kept_journal.installs().size() == 3);
  CHECK(kept_journal.installs()[2].roles == "gpu,master");
}

TEST_CASE_FIXTURE(Fixture,
                  "only an older version of the same bundle is a downgrade, while a step of it is there") {
  steps::Journal kept_journal = journal();
  record_install(kept_journal, fake.host, open());
  format::Index index = bundle.index();
  const std::string sha256 = bundle.verified.sha256();
  index.version = "2026.10.9";
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, sha256));  // no step was done
  kept_journal.begin("hosts", "sha256:x", {}, 1);
  CHECK(is_installed(kept_journal));
  const Error error = thrown_by([&] { refuse_downgrade(kept_journal, index, sha256); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "site 2026.10.9 is older than 2026.11.0"));
  index.version = "2026.11.0";
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, sha256));
  index.version = "2026.9.0";
  index.name = "other";
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, sha256));
  index.name = "site";
  kept_journal.undone("hosts", 2);
  CHECK_FALSE(is_installed(kept_journal));
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, sha256));
}

TEST_CASE_FIXTURE(Fixture, "one version names one content, and what was installed last counts") {
  steps::Journal kept_journal = journal();
  const format::Index& index = bundle.index();
  const std::string sha256 = bundle.verified.sha256();
  const std::string other(64, 'e');
  record_install(kept_journal, fake.host, open());
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, other));  // no step was done
  kept_journal.begin("hosts", "sha256:x", {}, 1);
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, sha256));
  const Error error = thrown_by([&] { refuse_downgrade(kept_journal, index, other); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "its index has the SHA-256 " + other + ", that one's had " + sha256));
  CHECK(holds(error.hint(), "--allow-downgrade"));
  // Somebody has asked for it: that one goes on from then on, and the first does not.
  kept_journal.install({.bundle = index.name, .version = index.version, .index_sha256 = other, .at = 2});
  CHECK_NOTHROW(refuse_downgrade(kept_journal, index, other));
  CHECK(thrown_by([&] { refuse_downgrade(kept_journal, index, sha256); }).kind() == ErrorKind::integrity);
}

}  // namespace bundle::install
