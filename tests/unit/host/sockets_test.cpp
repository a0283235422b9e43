#include "host/sockets.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("sockets that listen are found in both families, others are not") {
  HealthyHost fake;
  const std::string head = "  sl  local_address rem_address   st\n";
  fake.put("/proc/net/tcp", head +
                                "   0: 00000000:0016 00000000:0000 0A 0 0 0 0 0 11 1 0\n"
                                "   1: 0100007F:0050 0100007F:1234 01 0 0 0 0 0 12 1 0\n");
  fake.put("/proc/net/tcp6", head + "   0: 00000000000000000000000000000000:01BB 0:0 0A 0 0 0 0 0 13 1 0\n");
  fake.put("/proc/net/udp", head + "   0: 00000000:0035 00000000:0000 07 0 0 0 0 0 14 1 0\n");
  CHECK(listeners(fake.host, spec::Transport::tcp) ==
        std::map<std::uint64_t, std::string>{{22, "11"}, {443, "13"}});
  CHECK(listeners(fake.host, spec::Transport::udp) == std::map<std::uint64_t, std::string>{{53, "14"}});
  fake.put("/proc/7/comm", "sshd\n");
  fake.link("/proc/7/fd/3", "socket:[11]");
  CHECK(owner_of(fake.host, "11") == "sshd (pid 7)");
  CHECK(owner_of(fake.host, "13").empty());
}

TEST_CASE("a connected UDP socket listens to nobody else, and a torn line is no socket") {
  HealthyHost fake;
  fake.put("/proc/net/udp",
           "  sl  local_address rem_address   st\n"
           "   0: 0100007F:0035 0100007F:1234 01 0 0 0 0 0 14 1 0\n"
           "   1: 00000000:0044 00000000:0000 0A 0 0 0 0 0 15 1 0\n"
           "   2: 00000000:0045 00000000:0000 07\n");
  CHECK(listeners(fake.host, spec::Transport::udp).empty());
  CHECK(listeners(fake.host, spec::Transport::tcp).empty());  // no such files
  fake.put("/proc/net/udp6", "   0: 00000000000000000000000000000000:0202 0:0 07 0 0 0 0 0 16 1 0\n");
  CHECK(listeners(fake.host, spec::Transport::udp) == std::map<std::uint64_t, std::string>{{514, "16"}});
}

TEST_CASE("a socket is looked for in processes only, and one without a name is a process") {
  HealthyHost fake;
  fake.link("/proc/self/fd/3", "socket:[11]");
  fake.link("/proc/8/fd/1", "/dev/null");
  fake.link("/proc/8/fd/2", "socket:[111]");
  CHECK(owner_of(fake.host, "11").empty());
  fake.link("/proc/9/fd/0", "socket:[11]");
  CHECK(owner_of(fake.host, "11") == "a process (pid 9)");
}

}  // namespace bundle::host
