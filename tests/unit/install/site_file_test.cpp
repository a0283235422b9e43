#include "install/site_file.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "format/index.hpp"
#include "support/thrown.hpp"

// A site file, signed or not, beside the bundle or elsewhere.
namespace bundle::install {
namespace {

namespace stdfs = std::filesystem;
using test::holds;
using test::thrown_by;

struct Fixture {
  TempDir media;
  TempDir elsewhere;
  signing::PrivateKey key = signing::PrivateKey::generate();
  signing::PrivateKey stranger = signing::PrivateKey::generate();
  stdfs::path folder = media.path() / "bundle";
  format::Trust trust{.keys = {{key.public_key(), "builder.pub"}}, .expected_sha256 = {}};

  Fixture() { make_folders(folder); }

  stdfs::path write(const stdfs::path& file, const std::string& text = "firewall: leave\n") const {
    write_file_atomically(file, text);
    return file;
  }
  static stdfs::path signature(const stdfs::path& file, const signing::PrivateKey& by) {
    return file.parent_path() / format::signature_name(file.filename().string(), by.public_key().id());
  }
  static void sign(const stdfs::path& file, const signing::PrivateKey& by) {
    write_file_atomically(signature(file, by), by.sign(as_bytes(read_file(file, 1 << 20))));
  }
  site::Site read(const stdfs::path& file) const { return read_site_file(file, {folder}, trust); }
  site::SiteOrigin origin(const stdfs::path& file) const { return read(file).origin; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an unsigned site file lies beside the bundle, or elsewhere") {
  make_folders(folder / "answers");
  for (const stdfs::path& file :
       {folder / "site.yml", folder / "answers/site.yml", media.path() / "site.yml"}) {
    CAPTURE(file);
    CHECK(origin(write(file)) == site::SiteOrigin::on_media);
  }
  CHECK(origin(write(elsewhere.path() / "site.yml")) == site::SiteOrigin::kept);
}

TEST_CASE_FIXTURE(Fixture, "a signed one is read, and a changed one is not") {
  const stdfs::path file = write(folder / "site.yml");
  sign(file, key);
  CHECK(origin(file) == site::SiteOrigin::signed_by_trusted);
  write(file, "firewall: disable\n");
  const Error error = thrown_by([&] { read(file); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "is not a valid signature of site.yml"));
  SUBCASE("wherever it lies") {
    const stdfs::path other = write(elsewhere.path() / "site.yml");
    sign(other, key);
    write(other, "firewall: disable\n");
    CHECK(thrown_by([&] { read(other); }).kind() == ErrorKind::integrity);
  }
  SUBCASE("a bad signature comes before a bad value") {
    write(file, "firewall: nonsense\n");
    CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
  }
  SUBCASE("a good one of another key does not help") {
    sign(file, stranger);
    CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
  }
  SUBCASE("nor does a signature cut short, or a link in its place") {
    write(file);
    write_file_atomically(signature(file, key), "");
    CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
    stdfs::remove(signature(file, key));
    stdfs::create_symlink("/dev/zero", signature(file, key));
    CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
  }
}

TEST_CASE_FIXTURE(Fixture, "signatures of others alone are refused where there is a key to trust") {
  const stdfs::path file = write(elsewhere.path() / "site.yml");
  sign(file, stranger);
  const Error error = thrown_by([&] { read(file); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), stranger.public_key().id() + ", which is not trusted here"));
  sign(file, key);
  CHECK(origin(file) == site::SiteOrigin::signed_by_trusted);
  SUBCASE("with the SHA-256 on paper alone it is said that nobody has looked") {
    trust = {.keys = {}, .expected_sha256 = std::string(64, '0')};
    CHECK(origin(file) == site::SiteOrigin::unchecked);
  }
}

TEST_CASE_FIXTURE(Fixture, "the values of a signed site are signed as well") {
  const stdfs::path file = write(folder / "site.yml", "components: {metallb: {values: metallb.yaml}}\n");
  const stdfs::path values = write(folder / "metallb.yaml", "pools: []\n");
  CHECK(read(file).signed_files.empty());
  sign(file, key);
  const Error error = thrown_by([&] { read(file); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "metallb.yaml, the values of 'metallb' that it names, are not"));
  CHECK(holds(error.hint(), "bundle sign site.yml --key KEY"));
  sign(values, key);
  CHECK(read(file).signed_files.at(values) == sha256_hex("pools: []\n"));
  write(values, "pools: [10.0.0.0/8]\n");
  CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "the certificates that a signed site names are signed as well") {
  const stdfs::path file = write(folder / "site.yml", "registry: {mirror: \"https://r.site\", ca: ca.pem}\n");
  const stdfs::path ca = write(folder / "ca.pem", "A");
  sign(file, key);
  const Error error = thrown_by([&] { read(file); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "ca.pem, the certificates of the registry's mirror that it names, are not"));
  sign(ca, key);
  CHECK(read(file).signed_files.at(ca) == sha256_hex("A"));
  CHECK(is_of_site(read(file), ca));
}

TEST_CASE_FIXTURE(Fixture,
                  "a signature of values that fails is refused beside an unsigned site file as well") {
  const stdfs::path file = write(folder / "site.yml", "components: {metallb: {values: metallb.yaml}}\n");
  CHECK(read(file).signed_files.empty());  // preflight says that they are absent
  const stdfs::path values = write(folder / "metallb.yaml", "pools: []\n");
  sign(values, key);
  CHECK(read(file).signed_files.size() == 1);
  write(values, "pools: [x]\n");
  CHECK(thrown_by([&] { read(file); }).kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "a link to a site file on the media makes it none of the host's") {
  write(folder / "site.yml");
  stdfs::create_symlink(folder / "site.yml", elsewhere.path() / "site.yml");
  CHECK(origin(elsewhere.path() / "site.yml") == site::SiteOrigin::on_media);
}

TEST_CASE_FIXTURE(Fixture, "files of the site in the bundle's folder are no strangers there") {
  const stdfs::path file = write(folder / "site.yml", "components: {metallb: {values: metallb.yaml}}\n");
  write(folder / "metallb.yaml");
  const site::Site site = read(file);
  CHECK(is_of_site(site, file));
  CHECK(is_of_site(site, folder / "metallb.yaml"));
  CHECK(is_of_site(site, signature(file, key)));
  CHECK_FALSE(is_of_site(site, folder / "other.yml"));
  CHECK_FALSE(is_of_site(site, folder / "site.yml.sig"));
  CHECK_FALSE(is_of_site(site, elsewhere.path() / "site.yml"));
  CHECK_FALSE(is_of_site({}, file));
}

}  // namespace bundle::install
