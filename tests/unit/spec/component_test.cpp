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
