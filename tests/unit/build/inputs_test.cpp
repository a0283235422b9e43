#include "build/inputs.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"

using namespace bundle;

namespace {

/// A data folder with one target and two components, of which `app` needs `core`.
struct Data {
  TempDir root;
  Data() {
    const std::string key =
        "gpgkey: [{url: 'https://k.example/k', fingerprint: " + std::string(40, 'A') + "}]";
    put("rpm-lists/targets/rhel-9.4.yml",
        "target: rhel-9.4\nos: {id: rhel, version: \"9.4\"}\nplatform-id: platform:el9\n"
        "repositories: [{id: baseos, url: 'https://r.example/os', " +
            key + "}]\n");
    put("rpm-lists/base/minimal-el9.txt", "# names: x\nbash\n");
    put("manifests/core/component.yml",
        "component: core\nrepositories: [{id: core, url: 'https://c.example/el{el}', " + key + "}]\n");
    put("manifests/app/component.yml", "component: app\nneeds: [core]\n");
  }
  void put(const std::string& path, const std::string& content) const {
    make_folders((root.path() / path).parent_path());
    write_file_atomically(root.path() / path, content);
  }
  build::Inputs load(const std::string& rest) const {
    put("versions.yml", "bundle: b\nversion: 1.0\n" + rest);
    return build::load_inputs(root.path() / "versions.yml", root.path());
  }
  std::string error_of(const std::string& rest) const {
    try {
      load(rest);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::spec);
      return render(error);
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE(
    "repositories of target and components come together, placeholders filled, overridden by versions.yml") {
  const Data data;
  const build::Inputs made = data.load(
      "target: {os: rhel-9.4}\ncomponents: {core: 1.0}\n"
      "repositories: [{id: baseos, url: 'https://mine.example/os'}]\n");
  REQUIRE(made.repositories.size() == 2);
  CHECK(made.repositories[0].url == "https://mine.example/os");
  CHECK(made.repositories[0].gpgkeys.at(0).fingerprint == std::string(40, 'A'));
  CHECK(made.repositories[1].url == "https://c.example/el9");
  CHECK(made.base.filename() == "minimal-el9.txt");
}

TEST_CASE("a version in another form than its upstream's is refused with what to write") {
  const Data data;
  data.put("manifests/core/component.yml", "component: core\nversion-like: v1.34.3\n");
  const auto error = [&](const std::string& version) {
    return data.error_of("target: {os: rhel-9.4}\ncomponents: {core: " + version + "}\n");
  };
  CHECK(error("1.34.3").find("versions.yml:4:20: '1.34.3' is no version of core, whose versions look like "
                             "v1.34.3\nhint: write v1.34.3") != std::string::npos);
  CHECK(error("v1.34").ends_with("hint: write v1.34.3"));
  CHECK(error("1.33").ends_with("hint: write v1.33.3"));
  CHECK(error("v1").ends_with("hint: write v1.34.3"));
  CHECK(error("1.34.0-rc.1").ends_with("hint: write v1.34.0-rc.1"));
  CHECK(error("v1.34.0.1").ends_with("hint: write v1.34.0"));
  for (const char* version : {"v1.34.3", "v1.35.0-rc.1", "v2.0.10"}) {
    CHECK(error(version) == "no error");
  }
}

TEST_CASE("what does not go together is said with the nearest name") {
  const Data data;
  CHECK(data.error_of("target: {os: rhel-9.5}\n").find("did you mean 'rhel-9.4'?") != std::string::npos);
  CHECK(data.error_of("target: {os: rhel-9.4}\ncomponents: {cor: 1.0}\n").find("did you mean 'core'?") !=
        std::string::npos);
  CHECK(data.error_of("target: {os: rhel-9.4}\ncomponents: {app: 1.0}\n").find("needs 'core'") !=
        std::string::npos);
  CHECK(data.error_of("target: {os: rhel-9.4, base: mine.txt}\n").find("rpm -qa > base.txt") !=
        std::string::npos);
}

TEST_CASE("any file that was read makes another digest") {
  const Data data;
  const std::string rest = "target: {os: rhel-9.4}\ncomponents: {core: 1.0}\n";
  const std::string before = data.load(rest).digest;
  CHECK(data.load(rest).digest == before);
  data.put("rpm-lists/base/minimal-el9.txt", "# names: x\nbash\nvim\n");
  const std::string with_other_base = data.load(rest).digest;
  CHECK(with_other_base != before);
  data.put("manifests/core/values.yaml", "a: b\n");
  CHECK(data.load(rest).digest != with_other_base);
}
