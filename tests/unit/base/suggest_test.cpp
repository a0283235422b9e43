#include "base/suggest.hpp"

#include <doctest/doctest.h>

using namespace bundle;

TEST_CASE("the nearest name is offered") {
  CHECK(did_you_mean("kubelt", {"kubectl", "kubelet", "kubeadm"}) == "did you mean 'kubelet'?");
  CHECK(did_you_mean("imgaes", {"images", "charts"}) == "did you mean 'images'?");  // swapped neighbours
  CHECK(did_you_mean("HAProxy", {"haproxy", "proxy"}) == "did you mean 'haproxy'?");
  CHECK(did_you_mean("networkmanger", {"network", "NetworkManager"}) == "did you mean 'NetworkManager'?");
  CHECK(did_you_mean("so", {"os"}) == "did you mean 'os'?");
}

TEST_CASE("nothing is offered when nothing is near") {
  CHECK(did_you_mean("completely", {"images", "charts"}).empty());
  CHECK(did_you_mean("a", {"b", "c"}).empty());
  CHECK(did_you_mean("", {"a"}).empty());
  CHECK(did_you_mean("images", {}).empty());
  CHECK(did_you_mean(std::string(101, 'a'), {std::string(100, 'a')}).empty());
}
