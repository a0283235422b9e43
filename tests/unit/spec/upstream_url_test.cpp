#include "spec/upstream_url.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "spec/component.hpp"
#include "spec/mirrors.hpp"
#include "spec/versions.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::holds;

namespace {

const std::string kSha256(64, 'a');
const std::string kFingerprint(40, 'A');

void read_versions(const std::string& rest) {
  spec::read_versions("bundle: demo\nversion: 1.0.0\ntarget: {os: rhel-8.10}\n" + rest, "versions.yml");
}

void read_component(const std::string& rest) {
  spec::read_component("component: demo\n" + rest, "/catalogue/demo", "v1.2.3");
}

void read_mirrors(const std::string& rows) {
  const TempDir folder;
  write_file_atomically(folder.path() / "mirrors.yml", "mirrors:\n" + rows);
  spec::load_mirrors(folder.path() / "mirrors.yml");
}

/// Whatever writes `url` down is refused before anything is fetched, and the words hold no secret.
void check_refused(const std::string& url) {
  CAPTURE(url);
  const auto refused = [](const auto& act) {
    const Error error = test::thrown_by(act);
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position().line > 0);
    CHECK_FALSE(holds(render(error), "s3cret"));
    return error.hint();
  };
  const std::string quoted = "'" + url + "'";
  CHECK(holds(
      refused([&] { read_versions("files: [{url: " + quoted + ", sha256: " + kSha256 + ", path: x}]\n"); }),
      "'machine host login USER password PASSWORD' in ~/.netrc"));
  refused([&] { read_versions("charts: [{repo: " + quoted + ", name: x, version: 1.0.0}]\n"); });
  const std::string key = "gpgkey: [{url: 'https://k', fingerprint: " + kFingerprint + "}]";
  refused([&] { read_component("repositories: [{id: a, url: " + quoted + ", " + key + "}]\n"); });
  refused([&] {
    read_component("repositories: [{id: a, url: 'https://r', gpgkey: [{url: " + quoted +
                   ", fingerprint: " + kFingerprint + "}]}]\n");
  });
  refused([&] { read_component("manifests: [" + quoted + "]\n"); });
  refused([&] { read_component("manifests: [{url: " + quoted + "}]\n"); });
  refused([&] { read_component("programs: [{name: a, extract: a, url: " + quoted + "}]\n"); });
  refused([&] {
    read_component("programs: [{name: a, extract: a, url: 'https://p', sha256-url: " + quoted + "}]\n");
  });
  refused([&] { read_component("chart: {repo: " + quoted + ", name: x, version: 1.0.0}\n"); });
  refused([&] { read_mirrors("  \"https://a.example\": [" + quoted + "]\n"); });
  refused([&] { read_mirrors("  " + quoted + ": ['https://m.example']\n"); });
}

}  // namespace

TEST_CASE("a user in a URL is refused wherever a URL is written, with ~/.netrc as the way") {
  check_refused("https://me:s3cret@host/x");
  check_refused("https://s3cret@host:8443/x");
}

TEST_CASE("a signed URL is refused in the same places") {
  check_refused("https://host/x?X-Amz-Expires=900&X-Amz-Signature=s3cret");
  check_refused("https://host/x?token=s3cret");
}

TEST_CASE("a registry of charts names the logins of registries") {
  const Error error = test::thrown_by(
      [] { read_versions("charts: [{repo: 'oci://me:s3cret@host/x', name: x, version: 1.0.0}]\n"); });
  CHECK(holds(error.hint(), "podman login host"));
  CHECK_FALSE(holds(render(error), "s3cret"));
}

TEST_CASE("text that is no URL or reference is named without what stands before its host") {
  for (const std::string& rest :
       {"files: [{url: 'ftp://me:s3cret@host/x', sha256: " + kSha256 + ", path: x}]\n",
        std::string("charts: [{repo: 'git://me:s3cret@host/x', name: x, version: 1.0.0}]\n"),
        std::string("images: ['me:s3cret@host/x:1']\n")}) {
    CAPTURE(rest);
    const Error error = test::thrown_by([&] { read_versions(rest); });
    CHECK_FALSE(holds(render(error), "s3cret"));
  }
}

TEST_CASE("an empty user and a fragment are left out; a query that chooses stays") {
  const spec::Versions made = spec::read_versions(
      "bundle: demo\nversion: 1.0.0\ntarget: {os: rhel-8.10}\nfiles: [{url: 'https://@host/x?raw=1#here', "
      "sha256: " +
          kSha256 + ", path: x}]\n",
      "versions.yml");
  CHECK(made.files.at(0).url == "https://host/x?raw=1");
}

TEST_CASE("a URL that an upstream names is refused as wrong content") {
  CHECK(spec::upstream_url("https://host/x", "the index") == "https://host/x");
  const Error error = test::thrown_by([] { spec::upstream_url("https://host/x?sig=s3cret", "the index"); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(error.message().starts_with("the index names https://host/x?... holds"));
}

TEST_CASE("a lock from before does not carry a credential into a bundle") {
  const auto refused = [](const spec::Lock& lock) {
    const Error error = test::thrown_by([&] { spec::require_no_credentials(lock); });
    CHECK(error.kind() == ErrorKind::spec);
    CHECK_FALSE(holds(render(error), "s3cret"));
  };
  const std::string url = "https://me:s3cret@host/x";
  spec::require_no_credentials({.files = {{.url = "https://host/x?raw=1"}}});
  refused({.files = {{.url = url}}});
  refused({.rpms = {{.url = url}}});
  refused({.repositories = {{.url = url}}});
  refused({.repositories = {{.url = "https://host", .keys = {{.key = {.url = url}}}}}});
  refused({.charts = {{.archive = {.source = url}}}});
  refused({.manifests = {{.text = {.source = url}}}});
  refused({.programs = {{.source = url}}});
}
