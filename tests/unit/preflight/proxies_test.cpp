#include <doctest/doctest.h>

#include "unit/preflight/fake_host.hpp"

namespace bundle::preflight {
namespace {

using namespace std::string_view_literals;
using test::FakeHost;
using test::warning;

constexpr const char* kFix =
    "unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY, or add them to no_proxy and NO_PROXY";

std::string words(const std::string& lacking) {
  return "a proxy is set, and no_proxy lacks " + lacking +
         ": kubectl and helm, typed here, would ask it for the cluster (the installation itself does not)";
}

TEST_CASE_FIXTURE(FakeHost, "a proxy without exceptions is a warning") {
  put("/proc/self/environ", "PATH=/bin\0HTTPS_PROXY=http://proxy:3128\0no_proxy=10.0.0.5,10.244.0.0/16\0"sv);
  CHECK(only(proxy_checks()) == warning("proxy", words("10.96.0.0/12"), kFix));
  SUBCASE("all that the cluster needs is named once") {
    put("/proc/self/environ", "http_proxy=http://proxy:3128\0"sv);
    CHECK(only(proxy_checks()).seen == words("10.0.0.5, 10.244.0.0/16, 10.96.0.0/12"));
    site.endpoint = "10.0.0.100:6443";
    CHECK(only(proxy_checks()).seen == words("10.0.0.100, 10.0.0.5, 10.244.0.0/16, 10.96.0.0/12"));
  }
  SUBCASE("all of it is excepted") {
    put("/proc/self/environ",
        "https_proxy=http://proxy:3128\0NO_PROXY=10.0.0.5, 10.244.0.0/16,10.96.0.0/12\0"sv);
    CHECK(found_by(proxy_checks()).empty());
  }
  SUBCASE("an empty one is none") {
    put("/proc/self/environ", "https_proxy=\0http_proxy=\0"sv);
    CHECK(found_by(proxy_checks()).empty());
  }
  SUBCASE("/etc/environment counts, unless this program's own says otherwise") {
    put("/proc/self/environ", "");
    put("/etc/environment", "http_proxy=\"http://proxy:3128\"\nno_proxy=*\n");
    CHECK(found_by(proxy_checks()).empty());
    put("/etc/environment", "http_proxy=\"http://proxy:3128\"\n");
    CHECK(only(proxy_checks()).id == "proxy");
    put("/proc/self/environ", "no_proxy=*\0"sv);
    CHECK(found_by(proxy_checks()).empty());
    put("/proc/self/environ", "http_proxy=\0"sv);
    CHECK(found_by(proxy_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "every spelling of a proxy counts, and an empty one hides none of another") {
  for (const auto environment : {"HTTP_PROXY=\0http_proxy=http://proxy:3128\0"sv,
                                 "http_proxy=http://proxy:3128\0http_proxy2=\0HTTP_PROXY=\0"sv,
                                 "Http_Proxy=http://proxy:3128\0"sv, "https_PROXY=http://proxy:3128\0"sv,
                                 "ALL_PROXY=socks5://proxy:1080\0"sv, "all_proxy=socks5://proxy:1080\0"sv}) {
    put("/proc/self/environ", environment);
    CAPTURE(environment);
    CHECK(only(proxy_checks()).id == "proxy");
  }
}

TEST_CASE_FIXTURE(FakeHost, "an exception has to stand in each spelling of no_proxy that is set") {
  put("/proc/self/environ", "http_proxy=http://proxy:3128\0no_proxy=*\0NO_PROXY=localhost\0"sv);
  CHECK(only(proxy_checks()).seen == words("10.0.0.5, 10.244.0.0/16, 10.96.0.0/12"));
  put("/proc/self/environ", "http_proxy=http://proxy:3128\0no_proxy=*\0NO_PROXY=\0"sv);
  CHECK(found_by(proxy_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "a proxy that systemd gives the kubelet or containerd is one, too") {
  const std::string drop_in = "/etc/systemd/system/containerd.service.d/http-proxy.conf";
  put(drop_in,
      "[Service]\nEnvironment=\"HTTPS_PROXY=http://proxy:3128\" \"NO_PROXY=localhost,10.96.0.0/12\"\n");
  CHECK(
      only(proxy_checks()) ==
      warning("proxy",
              "systemd gives containerd.service a proxy, and its no_proxy lacks 10.0.0.5, 10.244.0.0/16: it "
              "would ask it for the cluster",
              "take *_PROXY out of /etc/systemd/system/containerd.service.d and /etc/systemd/system.conf, or "
              "add them to NO_PROXY; systemctl daemon-reload"));
  put(drop_in, "[Service]\nEnvironment=HTTPS_PROXY=http://proxy:3128\nEnvironment=NO_PROXY=*\n");
  CHECK(found_by(proxy_checks()).empty());
  put("/etc/systemd/system.conf.d/proxy.conf",
      "[Manager]\nDefaultEnvironment=http_proxy=http://proxy:3128\n");
  CHECK(only(proxy_checks()).seen.starts_with("systemd gives kubelet.service a proxy"));
}

}  // namespace
}  // namespace bundle::preflight
