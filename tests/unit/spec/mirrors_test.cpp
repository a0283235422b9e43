#include "spec/mirrors.hpp"

#include <doctest/doctest.h>

using bundle::spec::Mirrors;

TEST_CASE("mirrors are tried in order, the upstream last") {
  const Mirrors mirrors({{"docker.io", {"http://m1/docker.io", "http://m2"}},
                         {"https://a.example", {"http://m/a"}},
                         {"https://a.example/deep", {"http://m/deep"}}});
  CHECK(mirrors.registries("docker.io") ==
        std::vector<std::string>{"http://m1/docker.io", "http://m2", "https://registry-1.docker.io"});
  CHECK(mirrors.registries("quay.io") == std::vector<std::string>{"https://quay.io"});
  CHECK(mirrors.candidates("https://a.example/x") ==
        std::vector<std::string>{"http://m/a/x", "https://a.example/x"});
  CHECK(mirrors.candidates("https://a.example/deep/x").front() == "http://m/deep/x");
  CHECK(mirrors.candidates("https://a.example.org/x") == std::vector<std::string>{"https://a.example.org/x"});
}
