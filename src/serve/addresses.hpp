#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace bundle::serve {

/// An address of either family; IPv4 as IPv6 maps it, so that both compare alike.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool is_loopback() const;
  /// `10.0.0.1`, `fd00::1`.
  std::string str() const;
  auto operator<=>(const Address&) const = default;
};

/// Throws Error(usage) that says what `option` takes.
Address parse_address(std::string_view text, std::string_view option);

/// The network of one client, for caps: an IPv4 address, a /64 of IPv6.
Address client_of(const Address& address);

/// Where to listen.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  /// `10.0.0.1:8443`, `[fd00::1]:8443`.
  std::string str() const;
  bool operator==(const Endpoint&) const = default;
};

/// `ADDR:PORT`, IPv6 in brackets; port 0 is any that is free. Throws Error(usage).
Endpoint parse_endpoint(std::string_view text);

/// Addresses that begin alike.
struct Network {
  Address address;
  unsigned prefix = 128;  ///< bits, of the mapped form

  bool contains(const Address& other) const;
};

/// `10.0.0.0/8`, `fd00::/8`, or one address. Throws Error(usage), also for host bits that are set.
Network parse_network(std::string_view text);

}  // namespace bundle::serve
