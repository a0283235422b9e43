#include "helm/chart.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/thrown.hpp"

using namespace bundle;

namespace {

const std::string kIndex =
    "apiVersion: v1\nentries:\n  alpha:\n    - {version: v1.2.3, digest: AB12, urls: "
    "[charts/alpha-v1.2.3.tgz]}\n"
    "    - {version: 1.1.0, urls: ['https://cdn.example.com/alpha-1.1.0.tgz']}\n  beta:\n    - {version: "
    "0.1.0}\n";

std::string failure(const std::string& index, const std::string& name, const std::string& version,
                    ErrorKind kind) {
  try {
    helm::find_chart(index, "https://charts.example.com/stable", name, version);
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.message() + " | " + error.hint();
  }
  return "";
}

}  // namespace

TEST_CASE("find_chart matches versions with and without v and resolves relative URLs") {
  const auto found = helm::find_chart(kIndex, "https://charts.example.com/stable", "alpha", "1.2.3");
  CHECK(found.urls == std::vector<std::string>{"https://charts.example.com/stable/charts/alpha-v1.2.3.tgz"});
  CHECK(found.sha256 == "ab12");
  CHECK(found.version == "v1.2.3");
  CHECK(helm::find_chart(kIndex, "https://charts.example.com/", "alpha", "v1.1.0").urls[0] ==
        "https://cdn.example.com/alpha-1.1.0.tgz");
}

TEST_CASE(
    "a chart whose only URL is signed for somebody is refused, and the words do not show the signature") {
  for (const std::string url :
       {"https://cdn.example.com/a.tgz?X-Amz-Signature=s3cret", "https://me:s3cret@cdn.example.com/a.tgz"}) {
    const std::string words = failure("entries: {alpha: [{version: 1.0.0, urls: ['" + url + "']}]}", "alpha",
                                      "1.0.0", ErrorKind::integrity);
    CHECK(words.find("index.yaml names https://cdn.example.com/a.tgz") != std::string::npos);
    CHECK(words.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("a chart's URL is resolved against its repository as RFC 3986 says") {
  const auto at = [](const std::string& url, const std::string& repository) {
    const std::string index = fmt::format("entries:\n  a:\n    - {{version: 1.0.0, urls: ['{}']}}\n", url);
    return helm::find_chart(index, repository, "a", "1.0.0").urls.at(0);
  };
  const std::string repository = "https://charts.example.com/helm/stable";
  CHECK(at("a.tgz", repository) == "https://charts.example.com/helm/stable/a.tgz");
  CHECK(at("./a.tgz", repository) == "https://charts.example.com/helm/stable/a.tgz");
  CHECK(at("../a.tgz", repository) == "https://charts.example.com/helm/a.tgz");
  CHECK(at("/helm/charts/a.tgz", repository) == "https://charts.example.com/helm/charts/a.tgz");
  CHECK(at("//cdn.example.com/a.tgz", repository) == "https://cdn.example.com/a.tgz");
  CHECK(at("a.tgz?from=https://x.example.com/y", repository) ==
        "https://charts.example.com/helm/stable/a.tgz?from=https://x.example.com/y");
  CHECK(at("https://cdn.example.com/a.tgz", repository) == "https://cdn.example.com/a.tgz");
  for (const char* url :
       {"http://cdn.example.com/a.tgz", "file:///etc/passwd", "ftp://x.example.com/a.tgz"}) {
    CAPTURE(url);
    CHECK(test::thrown_by([&] { at(url, repository); }).kind() == ErrorKind::integrity);
  }
}

TEST_CASE("find_chart says what is there instead") {
  CHECK(failure(kIndex, "alpah", "1", ErrorKind::unresolvable).find("did you mean 'alpha'") !=
        std::string::npos);
  CHECK(failure(kIndex, "alpha", "9.9.9", ErrorKind::unresolvable).find("it has v1.2.3, 1.1.0") !=
        std::string::npos);
  CHECK_FALSE(failure(kIndex, "beta", "0.1.0", ErrorKind::integrity).empty());
  CHECK_FALSE(failure("<html>", "alpha", "1", ErrorKind::integrity).empty());
}
