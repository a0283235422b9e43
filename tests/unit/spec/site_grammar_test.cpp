#include "spec/site_grammar.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>

#include "spec/ipv4.hpp"

namespace bundle::spec {
namespace {

using Texts = std::initializer_list<std::string_view>;

template <class Test>
void check_all(Test&& test, const Texts& good, const Texts& bad) {
  for (const std::string_view text : good) {
    CAPTURE(text);
    CHECK(static_cast<bool>(test(text)));
  }
  for (const std::string_view text : bad) {
    CAPTURE(text);
    CHECK_FALSE(static_cast<bool>(test(text)));
  }
}

const std::string k63(63, 'a');
const std::string k64(64, 'a');
const std::string k253 = k63 + "." + k63 + "." + k63 + "." + std::string(61, 'a');

/// What no grammar of a site may take: options, other lines, other shells, other bytes.
constexpr std::string_view kNever[] = {"",
                                       " ",
                                       "-",
                                       "--server=x",
                                       "-x",
                                       "a b",
                                       "a\nb",
                                       "a\tb",
                                       "a\x01",
                                       "a;b",
                                       "a$b",
                                       "a`b",
                                       "a'b",
                                       "a\"b",
                                       "a\\b",
                                       "a|b",
                                       "a&b",
                                       "a,b",
                                       "a{b}",
                                       "a#b",
                                       "\xc3\xa9",
                                       "a\xff",
                                       "a*",
                                       "a!",
                                       "a(b)",
                                       "a<b",
                                       "a%b",
                                       "a?b",
                                       std::string_view("a\0b", 3)};

}  // namespace

TEST_CASE("nothing takes options, further lines, or what a shell or a configuration file would read") {
  for (const std::string_view text : kNever) {
    CAPTURE(text);
    CHECK_FALSE(is_dns_name(text));
    CHECK_FALSE(is_node_name(text));
    CHECK_FALSE(is_host(text));
    CHECK_FALSE(is_label_key(text));
    CHECK((text.empty() || !is_label_value(text)));
    CHECK_FALSE(parse_taint(std::string(text) + ":NoSchedule"));
    CHECK_FALSE(parse_taint("a=b" + std::string(text)));
    CHECK_FALSE(parse_cpu_quantity(text));
    CHECK_FALSE(parse_memory_quantity(text));
    CHECK_FALSE(parse_endpoint(std::string(text) + ":6443"));
    CHECK_FALSE(parse_endpoint("10.0.0.1:" + std::string(text)));
    CHECK_FALSE(is_data_folder("/data/" + std::string(text == "-" || text == "-x" ? " " : text) + " "));
    CHECK_FALSE(is_component_name(text));
    CHECK_FALSE(is_interface_name(text));
  }
}

TEST_CASE("names of nodes") {
  check_all(is_node_name, {"m1", "a", "1", "master-1.site.local", std::string_view(k63)},
            {"M1", "a..b", "a.-b", "a-.b", ".a", "a.", "a_b", std::string_view(k64), "localhost",
             "localhost.localdomain", "10.0.0.1"});
  check_all(is_dns_name, {"a.b", std::string_view(k253)}, {std::string_view(k64), "A"});
  CHECK_FALSE(is_dns_name(k253 + "a"));
}

TEST_CASE("hosts that others are told of") {
  check_all(is_host, {"10.0.0.9", "ntp.site", "NTP1.Bank.Example", "pool"},
            {"127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "255.255.255.255", "10.0.0.256", "10.0.0.09",
             "10.0.0", "localhost", "ntp.site iburst", "ntp_1", "::1"});
}

TEST_CASE("keys and values of labels are those of Kubernetes") {
  check_all(is_label_key,
            {"a", "A.b_c-D", "example.com/gpu", "node-role.kubernetes.io/worker", std::string_view(k63)},
            {"gpu type", "a/b/c", "/a", "a/", "Example.com/a", "a_b/c", "-a", "a-", "_a",
             "a=", std::string_view(k64)});
  CHECK(is_label_key(k253 + "/" + k63));
  check_all(is_label_value, {"", "a", "A100-80GB", "1.5_x", std::string_view(k63)},
            {"A100 80GB", "-a", "a.", "_", "a/b", "a=b", std::string_view(k64)});
  check_all(is_kubelet_label, {"kubernetes.io/hostname", "kubernetes.io/os"}, {"hostname", "example.com/os"});
}

TEST_CASE("taints have a key, perhaps a value, and one of three effects") {
  CHECK(*parse_taint("gpu=true:NoSchedule") == Taint{.key = "gpu", .value = "true", .effect = "NoSchedule"});
  CHECK(*parse_taint("a.b/c:NoExecute") == Taint{.key = "a.b/c", .value = "", .effect = "NoExecute"});
  check_all(parse_taint, {"a=:PreferNoSchedule"},
            {"gpu=true:NoSchedul", "gpu=true", "gpu", "gpu=true:", ":NoSchedule", "=x:NoSchedule",
             "a=b=c:NoSchedule", "a:b:NoSchedule", "a=b:noschedule", "a=b:NoSchedule-", "a b=c:NoSchedule"});
}

TEST_CASE("quantities are positive, and of the resource's own kind") {
  CHECK(parse_cpu_quantity("500m") == 500);
  CHECK(parse_cpu_quantity("2") == 2000);
  CHECK(parse_cpu_quantity("1.5") == 1500);
  CHECK(parse_memory_quantity("500Mi") == 500ull << 20);
  CHECK(parse_memory_quantity("1.5Gi") == 3ull << 29);
  CHECK(parse_memory_quantity("2G") == 2'000'000'000);
  CHECK(parse_memory_quantity("1024") == 1024);
  CHECK(parse_memory_quantity("1024Ti") == 1ull << 50);
  check_all(parse_cpu_quantity, {"0.5", "0.001", "1m"},
            {"0", "0m", "0.0", "-1", "+1", "500M", "500Mi", "1.5m", "1.2345", "1.", ".5", "01", "1e3", "1 ",
             "m", "99999999999999999999", "1000000000"});
  check_all(parse_memory_quantity, {"1Ki", "1k"},
            {"0", "0Mi", "-1Gi", "500m", "500MB", "500mi", "1.5", "Mi", "1.Gi", "1e3", "1025Ti",
             "99999999999999999999Gi", "999999999999999T", "01Gi"});
}

TEST_CASE("an endpoint is a host and a port") {
  CHECK(parse_endpoint("10.0.0.1:6553")->host == "10.0.0.1");
  CHECK(parse_endpoint("m1.site:65535")->port == 65535);
  check_all(parse_endpoint, {"m1:1"},
            {"https://10.0.0.1:6553", "10.0.0.1", "10.0.0.1:", ":6443", "10.0.0.1:0", "10.0.0.1:65536",
             "10.0.0.1:06443", "10.0.0.1:6443/", "10.0.0.1:6443:1", "[::1]:6443", "127.0.0.1:6443",
             "0.0.0.0:6443", "M1:6443", "10.0.0.1:+6443"});
}

TEST_CASE("containerd's folder is its own") {
  check_all(is_data_folder, {"/data", "/data/containerd", "/var/lib/containerd", "/mnt/disk-1/c", "/home/c"},
            {"data",
             "/",
             "/data/",
             "/data//c",
             "/data/../etc",
             "/data/.",
             "/etc",
             "/etc/containerd",
             "/var",
             "/var/lib",
             "/var/lib/kubelet",
             "/var/lib/etcd/x",
             "/usr/share",
             "/tmp/x",
             "/run/c",
             "/proc/1",
             "/a b",
             "/a'b",
             "/a\"b",
             "/a$b"});
  CHECK_FALSE(is_data_folder("/" + std::string(255, 'a')));
}

TEST_CASE("interfaces, components and paths") {
  check_all(is_interface_name, {"eth0", "enp1s0f0np0", "bond0.100", "br-lan", "abcdefghijklmno"},
            {"abcdefghijklmnop", "a/b", ".."});
  check_all(is_component_name, {"metallb", "gpu-operator"}, {"Metallb", "a.b", "../a", "a/b", "-a"});
  check_all(is_plain_path, {"metallb.yaml", "../values/metallb.yaml", "/root/m.yaml"},
            {"", "a/", "a,b", "a b", "https://x", "a:b"});
}

TEST_CASE("lists of processors are those of the kernel, lowest first") {
  CHECK(parse_cpu_list("0-2,8,10-11") == std::vector<std::uint64_t>{0, 1, 2, 8, 10, 11});
  CHECK(parse_cpu_list("8191") == std::vector<std::uint64_t>{8191});
  for (const char* text : {"", ",", "1,", "3-1", "1,1", "2,1", "0-8192", "01", "1-", "-1", "a", "0-1-2", " 1",
                           "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_cpu_list(text));
  }
}

TEST_CASE("a percentage is between nothing and all") {
  for (const char* text : {"5%", "0.5%", "99.999%"}) {
    CHECK(is_percentage(text));
  }
  for (const char* text : {"0%", "100%", "5", "%", "-5%", "5 %", "5%%", "0.0001%"}) {
    CAPTURE(text);
    CHECK_FALSE(is_percentage(text));
  }
}

}  // namespace bundle::spec
