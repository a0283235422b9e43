#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bundle::spec {

/// An IPv4 address with the length of its network's prefix. Host bits may be set (`55.192.0.1/24`).
struct Ipv4Network {
  std::uint32_t address = 0;
  unsigned prefix = 32;

  bool contains(std::uint32_t other) const;
  bool overlaps(const Ipv4Network& other) const;
  bool operator==(const Ipv4Network&) const = default;
};

/// Four decimal numbers without leading zeros; nothing for anything else.
std::optional<std::uint32_t> parse_ipv4(std::string_view text);
std::string format_ipv4(std::uint32_t address);
/// `10.244.0.0/16`; nothing when malformed.
std::optional<Ipv4Network> parse_ipv4_network(std::string_view text);
std::string to_string(const Ipv4Network& network);
/// The address with no host bit set, and the one with all of them.
std::uint32_t first_address(const Ipv4Network& network);
std::uint32_t last_address(const Ipv4Network& network);

}  // namespace bundle::spec
