#include "spec/component.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"

using namespace bundle;

namespace {

struct Folder {
  TempDir root;
  std::filesystem::path path = root.path() / "demo";
  explicit Folder(const std::string& content) {
    make_folders(path);
    write_file_atomically(path / "component.yml", content);
  }
};

std::string error_of(const std::string& content) {
  const Folder folder(content);
  try {
    spec::load_component(folder.path, "v1.2.3");
  } catch (const Error& error) {
    return render(error);
  }
  return "no error";
}

}  // namespace

TEST_CASE("placeholders are filled, except in rename") {
  const Folder folder(
      "component: demo\n"
      "chart: {repo: 'https://c.example', name: demo, version: '{version}', namespace: demo}\n"
      "rpms: {all: ['kubeadm-{version-bare}*']}\n"
      "repositories: [{id: demo, url: 'https://r.example/{minor}/el{el}', gpgkey: [{url: 'https://k', "
      "fingerprint: " +
      std::string(40, 'a') +
      "}]}]\n"
      "images: {rename: [{at: {kind: K, path: spec}, to: '{repository}:{version}-{os.id}', because: b}]}\n");
  const spec::Component made = spec::load_component(folder.path, "v1.2.3");
  CHECK(made.chart->version == "v1.2.3");
  CHECK(made.rpms.at("all").at(0) == "kubeadm-1.2.3*");
  CHECK(made.repositories.at(0).url == "https://r.example/v1.2/el{el}");
  CHECK(made.repositories.at(0).gpgkeys.at(0).fingerprint == std::string(40, 'A'));
  CHECK(made.images.rename.at(0).to == "{repository}:{version}-{os.id}");
  CHECK(made.image_roles == spec::all_roles());
}

TEST_CASE("a component's faults are named") {
  CHECK(error_of("component: demo\nneeds: ['{versoin}']\n").find("unknown placeholder '{versoin}'") !=
        std::string::npos);
  CHECK(error_of("component: other\n").find("its folder 'demo'") != std::string::npos);
  CHECK(error_of("component: demo\nroles: {images: [gqu]}\n").find("did you mean 'gpu'?") !=
        std::string::npos);
  CHECK(error_of("component: demo\nrepositories: [{id: a, url: 'https://x'}]\n").find("has no key") !=
        std::string::npos);
  CHECK(error_of("component: demo\nimages: {ignore: [{at: {kind: K, path: p}}]}\n")
            .find("needs the key 'because'") != std::string::npos);
}

TEST_CASE("a repository of versions.yml overrides only what it names") {
  const spec::Repository base{.id = "a",
                              .url = "https://x",
                              .signed_by = spec::SignedBy::both,
                              .gpgkeys = {{.url = "https://k", .fingerprint = std::string(40, 'A')}}};
  const yaml::Node row =
      yaml::parse_one("{id: a, gpgkey: [{url: 'https://l', fingerprint: " + std::string(40, 'b') + "}]}", "v",
                      ErrorKind::spec);
  const spec::Repository made = spec::parse_repository(row, "v", &base);
  CHECK(made.url == "https://x");
  CHECK(made.signed_by == spec::SignedBy::both);
  CHECK(made.gpgkeys.at(0).url == "https://l");
}

TEST_CASE("where a vendor signs, signature and key go together") {
  const std::string key = "gpgkey: [{url: 'https://k', fingerprint: " + std::string(40, 'A') + "}]";
  const auto component = [](const std::string& rest) {
    return spec::read_component("component: demo\n" + rest, "demo", "v1.2.3");
  };
  const auto refusal = [&](const std::string& rest) {
    try {
      component(rest);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::spec);
      return render(error);
    }
    return std::string();
  };
  const spec::Component made =
      component("chart: {repo: 'https://c', name: x, version: 1.0.0, " + key +
                "}\nprograms: [{name: x, url: 'https://x/{version}', extract: x, signature: "
                "'https://x/{version}.asc', " +
                key + "}]\nmanifests: [{url: 'https://m', signature: 'https://m.asc', " + key + "}]\n");
  CHECK(made.chart->gpgkeys.at(0).fingerprint == std::string(40, 'A'));
  CHECK(made.programs.at(0).signature.url == "https://x/v1.2.3.asc");
  CHECK(made.manifests.at(0).signature.gpgkeys.at(0).url == "https://k");
  CHECK(refusal("manifests: [{url: 'https://m', signature: 'https://m.asc'}]\n").find("needs the key") !=
        std::string::npos);
  CHECK(refusal("manifests: [{url: 'https://m', " + key + "}]\n").find("needs the 'signature'") !=
        std::string::npos);
}

TEST_CASE("a cosign key is for repositories") {
  const auto read = [](const std::string& images) {
    return spec::read_component("component: demo\ncosign: [{images: '" + images + "', key: PEM}]\n", "demo",
                                "");
  };
  CHECK(read("ghcr.io/org/").cosign.at(0).images == "ghcr.io/org/");
  CHECK(read("ghcr.io/org/app").cosign.at(0).pem == "PEM");
  for (const char* images : {"ghcr.io", "ghcr.io/org/app:1", "ghcr.io/org/*", "ghcr.io/app@sha256:0"}) {
    CAPTURE(images);
    CHECK_THROWS_AS(read(images), Error);
  }
}
