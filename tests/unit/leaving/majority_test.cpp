#include "leaving/majority.hpp"

#include <doctest/doctest.h>

namespace bundle::leaving {
namespace {

using Members = std::vector<survey::EtcdMember>;

survey::EtcdMember member(const std::string& name, bool answers = true, bool is_learner = false) {
  return {.name = name, .peer_urls = "", .is_learner = is_learner, .answers = answers};
}

}  // namespace

TEST_CASE("who stays keeps the majority when more than half of them answer") {
  CHECK(majority_fault({member("m1")}).empty());
  CHECK(majority_fault({member("m1"), member("m2")}).empty());
  CHECK(majority_fault({member("m1"), member("m2"), member("m3", false)}).empty());
  CHECK(majority_fault({member("m1", false)}) ==
        "etcd would lose its majority: of the 1 member that would stay (m1), m1 does not answer");
  CHECK(majority_fault({member("m1"), member("m2", false)}) ==
        "etcd would lose its majority: of the 2 members that would stay (m1, m2), m2 does not answer");
  CHECK(majority_fault({member("m1"), member("m2"), member("m3", false), member("m4", false)}) ==
        "etcd would lose its majority: of the 4 members that would stay (m1, m2, m3, m4), m3, m4 do not "
        "answer");
}

TEST_CASE("learners do not vote, and a member that has not started is known by its address") {
  Members members{member("m1"), member("m2"), member("m3", true, true), member("", false)};
  members[3].peer_urls = "https://10.0.0.8:2380";
  CHECK(voters_besides(members, "m2", {"10.0.0.6"}).size() == 2);
  CHECK(voters_besides(members, "m4", {"10.0.0.8"}).size() == 2);
  CHECK(is_of(members[3], "m4", {"10.0.0.8"}));
  CHECK_FALSE(is_of(members[3], "m4", {"10.0.0.9"}));
  members[3].name = "m5";
  CHECK_FALSE(is_of(members[3], "m4", {"10.0.0.8"}));
}

}  // namespace bundle::leaving
