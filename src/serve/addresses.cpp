#include "serve/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::serve {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

/// Keeps the first `prefix` bits.
Address masked(Address address, unsigned prefix) {
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const unsigned bits = std::clamp<int>(static_cast<int>(prefix) - static_cast<int>(i) * 8, 0, 8);
    address.bytes[i] &= static_cast<std::uint8_t>(0xff00u >> bits);
  }
  return address;
}

[[noreturn]] void fail_option(std::string_view option, std::string_view takes, std::string_view text) {
  fail(ErrorKind::usage, "{} takes {}, not '{}'", option, takes, escaped(text));
}

}  // namespace

bool Address::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

bool Address::is_loopback() const {
  Address one;
  one.bytes.back() = 1;
  return is_v4() ? bytes[12] == 127 : *this == one;
}

std::string Address::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* from = is_v4() ? bytes.data() + kMapped.size() : bytes.data();
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, from, text.data(), text.size());
  return text.data();
}

Address parse_address(std::string_view text, std::string_view option) {
  const std::string word(text);
  Address address;
  if (::inet_pton(AF_INET6, word.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, word.c_str(), address.bytes.data() + kMapped.size()) != 1) {
    fail_option(option, "an address", text);
  }
  return address;
}

Address client_of(const Address& address) {
  constexpr unsigned kSiteBits = 64;
  return address.is_v4() ? address : masked(address, kSiteBits);
}

std::string Endpoint::str() const {
  return address.is_v4() ? fmt::format("{}:{}", address.str(), port)
                         : fmt::format("[{}]:{}", address.str(), port);
}

Endpoint parse_endpoint(std::string_view text) {
  constexpr std::uint64_t kMaxPort = 65535;
  const std::size_t colon = text.rfind(':');
  const std::optional<std::uint64_t> port =
      colon == std::string_view::npos ? std::nullopt : parse_unsigned(text.substr(colon + 1));
  if (!port || *port > kMaxPort) {
    fail_option("--listen", "ADDR:PORT", text);
  }
  std::string_view address = text.substr(0, colon);
  const bool is_bracketed = address.starts_with('[') && address.ends_with(']');
  if (is_bracketed) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string_view::npos) {
    fail_option("--listen", "an IPv6 address in brackets, as in [::1]:8443", text);
  }
  return {.address = parse_address(address, "--listen"), .port = static_cast<std::uint16_t>(*port)};
}

bool Network::contains(const Address& other) const { return masked(other, prefix) == address; }

Network parse_network(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  Network network{.address = parse_address(text.substr(0, slash), "--allow")};
  if (slash == text.size()) {
    return network;
  }
  const unsigned before = network.address.is_v4() ? kMappedBits : 0;
  const std::optional<std::uint64_t> bits = parse_unsigned(text.substr(slash + 1));
  if (!bits || *bits > 128 - before) {
    fail_option("--allow", "networks as 10.0.0.0/8", text);
  }
  network.prefix = before + static_cast<unsigned>(*bits);
  if (masked(network.address, network.prefix) != network.address) {
    fail_option("--allow", "networks without host bits", text);
  }
  return network;
}

}  // namespace bundle::serve
