#include "serve/local_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/handle.hpp"

namespace bundle::serve {
namespace {

using Interfaces = Handle<ifaddrs, ::freeifaddrs>;

bool stands_for_any(const Address& address) {
  return address == Address{} || address == parse_address("0.0.0.0", "--listen");
}

/// Nothing for what is no usable Internet address.
std::optional<Address> address_in(const sockaddr* socket) {
  if (socket == nullptr) {
    return std::nullopt;
  }
  if (socket->sa_family == AF_INET) {
    Address address = parse_address("0.0.0.0", "--listen");
    std::memcpy(address.bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(socket)->sin_addr, 4);
    return address;
  }
  if (socket->sa_family != AF_INET6) {
    return std::nullopt;
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(socket)->sin6_addr;
  Address address;
  std::memcpy(address.bytes.data(), &v6, sizeof v6);
  return IN6_IS_ADDR_LINKLOCAL(&v6) ? std::nullopt : std::optional(address);
}

}  // namespace

std::vector<Address> reachable_addresses(const Address& address) {
  if (!stands_for_any(address)) {
    return {address};
  }
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    fail_errno("list", "the addresses of this host", errno);
  }
  const Interfaces interfaces(first);
  std::vector<Address> found;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const std::optional<Address> here = address_in(one->ifa_addr);
    if (here && (here->is_v4() || !address.is_v4()) && !std::ranges::count(found, *here)) {
      found.push_back(*here);
    }
  }
  return found;
}

}  // namespace bundle::serve
