#include "spec/reference.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using bundle::Error;
using bundle::spec::parse_reference;
using bundle::spec::reference;
using bundle::spec::shown_reference;

TEST_CASE("references are normalised as the container runtime does") {
  const auto normal = [](std::string_view text) {
    const auto made = parse_reference(text);
    return made ? made->str() : "none";
  };
  const std::string digest = "@sha256:" + std::string(64, 'a');
  CHECK(normal("busybox") == "docker.io/library/busybox:latest");
  CHECK(normal("kong:3.9") == "docker.io/library/kong:3.9");
  CHECK(normal("grafana/grafana:1") == "docker.io/grafana/grafana:1");
  CHECK(normal("index.docker.io/busybox") == "docker.io/library/busybox:latest");
  CHECK(normal("localhost/app:1") == "localhost/app:1");
  CHECK(normal("127.0.0.1:5000/a/b:1.2_x") == "127.0.0.1:5000/a/b:1.2_x");
  CHECK(normal("registry.k8s.io/pause:3.10.1" + digest) == "registry.k8s.io/pause:3.10.1" + digest);
  CHECK(normal("quay.io/a/b" + digest) == "quay.io/a/b" + digest);
  CHECK(normal("a__b/c--d.e") == "docker.io/a__b/c--d.e:latest");
}

TEST_CASE("what is no reference is refused") {
  for (const std::string_view text :
       {"", " ", "Busybox:1", "a b", "{{ .image }}", "repo/:tag", "repo:", "repo:.x", "a..b/c", "a___b", "-a",
        "repo@sha256:12", "https://x/y", "a//b", "/a", "a/", "host:port/x", "x:1@sha512:00"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_reference(text));
  }
  CHECK_FALSE(parse_reference(std::string(64, 'a')));
  CHECK_FALSE(parse_reference("x/" + std::string(300, 'a')));
  CHECK_FALSE(parse_reference("x:" + std::string(129, 'a')));
}

TEST_CASE("what is no reference is quoted without a login in it") {
  CHECK(shown_reference("me:s3cret@host/a:1") == "...@host/a:1");
  CHECK(shown_reference("a/b@sha256:zz") == "a/b@sha256:zz");
  CHECK(shown_reference("a@sha256:zz") == "a@sha256:zz");
  CHECK(shown_reference("Not an image") == "Not an image");
  CHECK_THROWS_WITH_AS(reference("me:s3cret@host/a"), doctest::Contains("'...@host/a'"), Error);
}
