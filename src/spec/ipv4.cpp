#include "spec/ipv4.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.hpp"

namespace bundle::spec {
namespace {

std::uint32_t mask_of(unsigned prefix) { return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix); }

/// Leading zeros are refused: some programs read them as octal.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  const std::optional<std::uint64_t> number = parse_unsigned(text);
  if (!number || *number > most || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

bool Ipv4Network::contains(std::uint32_t other) const { return ((address ^ other) & mask_of(prefix)) == 0; }

bool Ipv4Network::overlaps(const Ipv4Network& other) const {
  return ((address ^ other.address) & mask_of(std::min(prefix, other.prefix))) == 0;
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() != 4) {
    return std::nullopt;
  }
  std::uint32_t address = 0;
  for (const std::string_view part : parts) {
    const std::optional<std::uint32_t> number = parse_number(part, 255);
    if (!number) {
      return std::nullopt;
    }
    address = address << 8 | *number;
  }
  return address;
}

std::string format_ipv4(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

std::optional<Ipv4Network> parse_ipv4_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::optional<std::uint32_t> address = parse_ipv4(text.substr(0, slash));
  const std::optional<std::uint32_t> prefix = parse_number(text.substr(slash + 1), 32);
  if (!address || !prefix) {
    return std::nullopt;
  }
  return Ipv4Network{.address = *address, .prefix = *prefix};
}

std::string to_string(const Ipv4Network& network) {
  return fmt::format("{}/{}", format_ipv4(network.address), network.prefix);
}

std::uint32_t first_address(const Ipv4Network& network) { return network.address & mask_of(network.prefix); }

std::uint32_t last_address(const Ipv4Network& network) { return network.address | ~mask_of(network.prefix); }

}  // namespace bundle::spec
