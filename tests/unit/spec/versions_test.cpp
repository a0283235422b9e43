#include "spec/versions.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"

using namespace bundle;

namespace {

constexpr std::string_view kHead = "bundle: demo\nversion: 2026.11.0\ntarget: {os: rhel-8.10}\n";

spec::Versions load(const std::string& rest) {
  const TempDir folder;
  write_file_atomically(folder.path() / "versions.yml", std::string(kHead) + rest);
  return spec::load_versions(folder.path() / "versions.yml");
}

/// The rendered error of a versions.yml, without its folder.
std::string error_of(const std::string& rest) {
  try {
    load(rest);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::spec);
    const std::string text = render(error);
    const std::size_t at = text.find("versions.yml");
    return at == std::string::npos ? text : text.substr(at);
  }
  return "no error";
}

}  // namespace

TEST_CASE("a whole versions.yml is read") {
  const spec::Versions made = load(
      "components:\n  kubernetes: v1.34.3\n  gpu-operator: {version: v25.10.1, values: v.yaml, roles: "
      "[gpu]}\n"
      "images: [busybox:1.37]\nrpms: [vim-enhanced]\n"
      "charts: [{repo: 'https://c.example/', name: x, version: 1.2.3}]\n"
      "files: [{url: 'https://f.example/m', sha256: " +
      std::string(64, 'a') + ", path: m/x.gguf, mode: \"0600\", to: /data/x, roles: [gpu]}]\n");
  CHECK(made.bundle == "demo");
  CHECK(made.arch == "x86_64");
  CHECK(made.base == "minimal");
  REQUIRE(made.components.size() == 2);
  CHECK(made.components[0].version == "v1.34.3");
  CHECK(made.components[1].roles == spec::Roles{"gpu"});
  CHECK(made.images.at(0).str() == "docker.io/library/busybox:1.37");
  CHECK(made.charts.at(0).repo == "https://c.example");
  CHECK(made.charts.at(0).release == "x");
  CHECK(made.files.at(0).mode == 0600);
  CHECK(made.files.at(0).roles == spec::Roles{"gpu"});
}

TEST_CASE("rpms: is for all roles, or says for which") {
  using Packages = spec::RoleTexts;
  CHECK(load("rpms: [vim, tcpdump]\n").rpms == Packages{{"all", {"vim", "tcpdump"}}});
  CHECK(load("rpms: {all: [vim], gpu: [\"kmod-x-5*\"]}\n").rpms ==
        Packages{{"all", {"vim"}}, {"gpu", {"kmod-x-5*"}}});
  CHECK(load("rpms: []\n").rpms.empty());
  CHECK(error_of("rpms: {gpus: [vim]}\n").find("unknown role 'gpus'") != std::string::npos);
  CHECK(error_of("rpms: {gpu: vim}\n").find("expected a list of packages") != std::string::npos);
}

TEST_CASE("images: may be a mapping with rules") {
  const spec::Versions made = load(
      "images: {list: [a/b:1], ignore: [{at: {kind: Foo, path: spec.image}, because: not pulled here}]}\n");
  CHECK(made.images.size() == 1);
  CHECK(made.image_rules.ignore.at(0).because == "not pulled here");
}

TEST_CASE("faults name file, line, column and the nearest key") {
  CHECK(error_of("componets: {}\n") ==
        "versions.yml:4:1: unknown key 'componets' in versions.yml\nhint: did you mean 'components'?");
  CHECK(error_of("rpms: [a]\nrpms: [b]\n").starts_with("versions.yml:5:1: the key 'rpms' stands twice"));
  CHECK(error_of("components: {helm: latest}\n")
            .starts_with("versions.yml:4:20: 'latest' is not an exact version"));
  CHECK(
      error_of("components: {helm: 3.*}\n").starts_with("versions.yml:4:20: '3.*' is not an exact version"));
  CHECK(error_of("images: ['Not an image']\n")
            .starts_with("versions.yml:4:10: 'Not an image' is not an image"));
  CHECK(error_of("files: [{url: 'https://x/y', sha256: " + std::string(64, 'a') + ", path: ../x}]\n")
            .find("not a relative path") != std::string::npos);
  CHECK(error_of("files: [{url: 'https://x/y', sha256: abc, path: x}]\n").find("64 lower-case hex") !=
        std::string::npos);
  CHECK(error_of("rpms: [a\n").find("this is not YAML") != std::string::npos);
  CHECK(error_of("charts: [{repo: 'git://x', name: x, version: 1.0.0}]\n").find("not a chart repository") !=
        std::string::npos);
}

TEST_CASE("a chart is in a repository, in a registry, or a file") {
  const auto chart = [](const std::string& rest) {
    return "charts: [{name: x, version: 1.0.0, " + rest + "}]\n";
  };
  CHECK(load(chart("repo: 'oci://registry.k8s.io/kueue/charts/'")).charts.at(0).repo ==
        "oci://registry.k8s.io/kueue/charts");
  CHECK(load(chart("file: charts/x-1.0.0.tgz")).charts.at(0).file == "charts/x-1.0.0.tgz");
  CHECK(error_of(chart("namespace: y")).find("either in a 'repo' or a 'file'") != std::string::npos);
  CHECK(error_of(chart("file: x.tgz, repo: 'https://c.example'")).find("either in") != std::string::npos);
  CHECK(error_of(chart("file: ../x.tgz")).find("expected the relative path of a .tgz") != std::string::npos);
  CHECK(error_of(chart("file: x")).find("expected the relative path of a .tgz") != std::string::npos);
  CHECK(error_of(chart("repo: 'file:///x'")).find("`file: PATH.tgz` instead of `repo`") != std::string::npos);
  for (const char* repo : {"oci://host/a:1", "oci://host/A", "oci://host/a@sha256:00"}) {
    CAPTURE(repo);
    CHECK(error_of(chart("repo: '" + std::string(repo) + "'")).find("not a repository of an OCI registry") !=
          std::string::npos);
  }
}

TEST_CASE("bundle versions compare as dotted integers") {
  CHECK(spec::compare_versions("2026.9", "2026.10") < 0);
  CHECK(spec::compare_versions("2026.10.0", "2026.10") == 0);
  CHECK(spec::compare_versions("2", "1.9.9") > 0);
}

TEST_CASE("digests that somebody looked at are pinned by image or by path in the bundle") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const spec::Versions made = load("policy: {first-use: refuse}\ndigests:\n  'busybox:1.37': " + digest +
                                   "\n  charts/web-1.0.0.tgz: " + digest + "\n");
  CHECK(made.refuses_first_use);
  CHECK(made.digests.size() == 2);
  CHECK(made.digests.at("docker.io/library/busybox:1.37").str() == digest);
  CHECK(made.digests.contains("charts/web-1.0.0.tgz"));
  CHECK_FALSE(load("policy: {first-use: allow}\n").refuses_first_use);
  CHECK_FALSE(load("").refuses_first_use);
  CHECK(error_of("policy: {first-use: maybe}\n").find("'first-use' is 'refuse' or 'allow', not 'maybe'") !=
        std::string::npos);
  CHECK(error_of("policy: {first-used: refuse}\n").find("first-used") != std::string::npos);
  CHECK(error_of("digests: {'busybox:1': abc}\n").find("'abc' is not a digest") != std::string::npos);
  CHECK(error_of("digests: {'Not An Image': '" + digest + "'}\n")
            .find("neither an image reference nor a path") != std::string::npos);
}
