#pragma once

#include <cstdint>
#include <string>

#include "format/tar.hpp"

namespace bundle::test {

/// Content as one stored block of at most 64 KiB. Source: RFC 1952, RFC 1951 section 3.2.4.
inline std::string gzip(const std::string& content) {
  const auto little = [](std::uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) {
      out += static_cast<char>((value >> (8 * i)) & 0xffu);
    }
    return out;
  };
  std::uint32_t crc = 0xffffffffu;
  for (const char c : content) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
    }
  }
  const auto size = static_cast<std::uint32_t>(content.size());
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11) + little(size, 2) + little(~size, 2) + content +
         little(~crc, 4) + little(size, 4);
}

/// A packed chart that holds its Chart.yaml alone.
inline std::string packed_chart(const std::string& name, const std::string& version) {
  const std::string yaml = "apiVersion: v2\nname: " + name + "\nversion: " + version + "\n";
  std::string tar(as_text(format::tar_header(name + "/Chart.yaml", yaml.size(), 0644)));
  tar += yaml;
  tar.resize(tar.size() + format::padded(yaml.size()) - yaml.size() + format::kTarTrailer);
  return gzip(tar);
}

}  // namespace bundle::test
