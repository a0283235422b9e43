#include "survey/judge.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

namespace bundle::survey {
namespace {

using bundle::test::holds;

}  // namespace

TEST_CASE("days are whole ones, and an end that has passed is below zero at once") {
  constexpr std::int64_t kDay = 86400;
  CHECK(days_left(kDay, 0) == 1);
  CHECK(days_left(kDay - 1, 0) == 0);
  CHECK(days_left(0, 0) == 0);
  CHECK(days_left(-1, 0) == -1);
  CHECK(days_left(-kDay, 0) == -1);
  CHECK(days_left(-kDay - 1, 0) == -2);
}

TEST_CASE("more than one owner of the virtual address is named as what it is") {
  const Picture picture{
      .way = Way::endpoint,
      .nodes = {.value = std::vector<Node>{}, .why_not = {}},
      .etcd = {.value = std::vector<EtcdMember>{{.name = "m1", .answers = true, .is_leader = true}},
               .why_not = {}},
      .vip = Vip{
          .address = "10.0.0.100",
          .owners = {.value = std::vector<VipOwner>{{.mac = "", .node = "m1"}, {.mac = "02:00", .node = ""}},
                     .why_not = {}}}};
  const std::vector<Finding> findings = judge(picture, 0);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].message ==
        "2 have the virtual address 10.0.0.100 at once: m1, an unknown host with 02:00");
  CHECK(holds(findings[0].hint, "VRRP"));
}

TEST_CASE("each finding says what to do") {
  const Picture picture{
      .node = "m1",
      .kubernetes = "v1.34.3",
      .way = Way::own_server,
      .nodes = {.value = std::vector<Node>{{.host = {.name = "m1"}, .roles = {"control-plane"}}},
                .why_not = {}},
      .api_servers = {{.host = {.name = "m1"}}},
      .etcd = {.value = std::vector<EtcdMember>{{.peer_urls = "https://10.0.0.7:2380"}}, .why_not = {}},
      .vip = Vip{.address = "10.0.0.100", .owners = {.value = std::vector<VipOwner>{}, .why_not = {}}},
      .certificates = {{.node = "m1", .name = "/etc/kubernetes/pki/ca.crt", .ends = 1},
                       {.node = "m1", .name = "/var/lib/kubelet/pki/kubelet-client-current.pem", .ends = 1}}};
  const std::vector<Finding> findings = judge(picture, 100);
  CHECK(findings.size() == 9);
  for (const Finding& finding : findings) {
    CAPTURE(finding.message);
    CHECK_FALSE(finding.hint.empty());
  }
}

}  // namespace bundle::survey
