#include "spec/join.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using spec::Join;

namespace {

const std::string kToken = "qwerty.9876543210fedcba";

Join sample() {
  return {.role = "worker",
          .cluster_name = "site-a",
          .cluster_id = "11111111-2222-3333-4444-555555555555",
          .endpoint = "10.0.0.100:6553",
          .pod_subnet = "10.244.0.0/16",
          .service_subnet = "10.96.0.0/12",
          .ca_pins = {"sha256:" + std::string(64, 'b')},
          .token = kToken,
          .expires = 1'790'000'000,
          .kubernetes = "v1.34.3",
          .bundle_name = "site",
          .bundle_version = "2026.11.0",
          .index_sha256 = std::string(64, 'c')};
}

Error refused(const std::string& text) {
  return test::thrown_by([&] { spec::read_join(text, "join.yml"); });
}

}  // namespace

TEST_CASE("a join file is read as it was written") {
  const Join read = spec::read_join(spec::to_yaml(sample()), "join.yml");
  CHECK(spec::to_yaml(read) == spec::to_yaml(sample()));
  CHECK(read.token_id() == "qwerty");
  CHECK(read.token_secret() == "9876543210fedcba");
  CHECK(read.expires == 1'790'000'000);
}

TEST_CASE("each value that is not what it should be is refused with its place, and without the token") {
  const std::string text = spec::to_yaml(sample());
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"bundle-join/1", "bundle-join/2"},
           {"role: worker", "role: lb"},
           {"role: worker", "role: --control-plane"},
           {kToken, "qwerty.9876543210FEDCBA"},
           {kToken, kToken + "0"},
           {"sha256:b", "sha512:b"},
           {"10.0.0.100:6553", "10.0.0.100"},
           {"10.0.0.100:6553", "\"10.0.0.100:6553/x\""},
           {"10.244.0.0/16", "10.244.0.0"},
           {"v1.34.3", "v1.34.3-rc"},
           {"1111-2222", "1111_2222"},
           {"name: site\n", "name: ../site\n"},
           {"index: c", "index: C"},
           {"expires: 2", "expires: x"}}) {
    const std::string wrong = replace_all(text, from, to);
    CAPTURE(to);
    REQUIRE(wrong != text);
    const Error error = refused(wrong);
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position().line > 0);
    CHECK(render(error).find("9876543210") == std::string::npos);
    CHECK(error.hint().find("join-info") != std::string::npos);
  }
}

TEST_CASE("what is missing or too much is refused") {
  const std::string text = spec::to_yaml(sample());
  for (const std::string_view line : split(trim(text), '\n')) {
    if (!line.starts_with("#")) {
      CAPTURE(line);
      CHECK(refused(replace_all(text, std::string(line) + "\n", "")).kind() == ErrorKind::spec);
    }
  }
  CHECK(refused(text + "extra: 1\n").message().find("extra") != std::string::npos);
  CHECK(refused("").kind() == ErrorKind::spec);
  CHECK(refused("\x01\x02").kind() == ErrorKind::spec);
}

TEST_CASE("a long file is no join file") {
  const TempDir folder;
  write_new_file(folder.path() / "join.yml", std::string(100'000, '#'), 0600);
  CHECK(test::thrown_by([&] { spec::load_join(folder.path() / "join.yml"); }).kind() == ErrorKind::spec);
}
