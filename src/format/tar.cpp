#include "format/tar.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::format {
namespace {

constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kPrefixBytes = 155;
constexpr std::uint64_t kOctalLimit = 1ull << 33;  // 8 GiB: eleven octal digits end here

/// Where the fields of a ustar header begin, and how long they are.
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kMagic{257, 8};
constexpr Field kDevMajor{329, 8};
constexpr Field kDevMinor{337, 8};
constexpr Field kPrefix{345, 155};

void put_text(TarHeader& header, Field field, std::string_view text) {
  std::memcpy(header.data() + field.offset, text.data(), text.size());
}

/// Octal digits that fill the field but for a final NUL.
void put_octal(TarHeader& header, Field field, std::uint64_t value) {
  put_text(header, field, fmt::format("{:0{}o}", value, field.size - 1));
}

void put_size(TarHeader& header, std::uint64_t size_bytes) {
  if (size_bytes < kOctalLimit) {
    put_octal(header, kSize, size_bytes);
    return;
  }
  header[kSize.offset] = std::byte{0x80};
  for (std::size_t i = 0; i < sizeof size_bytes; ++i) {
    header[kSize.offset + kSize.size - 1 - i] = static_cast<std::byte>(size_bytes >> (8 * i));
  }
}

/// Where the '/' is that parts prefix from name; 0 when the name alone takes the path.
std::optional<std::size_t> split_point(std::string_view path) {
  if (path.size() <= kNameBytes) {
    return 0;
  }
  const std::size_t slash = path.find('/', path.size() - kNameBytes - 1);
  if (slash == std::string_view::npos || slash == 0 || slash > kPrefixBytes || slash + 1 == path.size()) {
    return std::nullopt;
  }
  return slash;
}

void put_path(TarHeader& header, std::string_view path) {
  const std::optional<std::size_t> slash = split_point(path);
  if (!slash) {
    fail(ErrorKind::spec,
         "the path '{}' does not fit a tar header: no '/' leaves at most {} bytes after it and {} before",
         path, kNameBytes, kPrefixBytes);
  }
  put_text(header, kName, *slash == 0 ? path : path.substr(*slash + 1));
  put_text(header, kPrefix, path.substr(0, *slash));
}

/// The sum of all bytes with the checksum field itself as blanks: six digits, NUL, blank.
void put_checksum(TarHeader& header) {
  put_text(header, kChecksum, "        ");
  const unsigned sum = std::accumulate(header.begin(), header.end(), 0u, [](unsigned total, std::byte byte) {
    return total + std::to_integer<unsigned>(byte);
  });
  put_text(header, kChecksum, fmt::format("{:06o}", sum));
  header[kChecksum.offset + 6] = std::byte{0};
}

}  // namespace

TarHeader tar_header(std::string_view path, std::uint64_t size_bytes, unsigned mode) {
  TarHeader header{};
  put_path(header, path);
  put_octal(header, kMode, mode);
  put_octal(header, kUid, 0);
  put_octal(header, kGid, 0);
  put_size(header, size_bytes);
  put_octal(header, kMtime, 0);
  put_text(header, kType, "0");
  put_text(header, kMagic, std::string_view("ustar\00000", 8));
  put_octal(header, kDevMajor, 0);
  put_octal(header, kDevMinor, 0);
  put_checksum(header);
  return header;
}

bool fits_tar_header(std::string_view path) { return split_point(path).has_value(); }

bool is_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

void write_header(int fd, std::uint64_t data_offset, std::string_view path, std::uint64_t size_bytes,
                  unsigned mode, std::string_view part_name) {
  pwrite_all(fd, tar_header(path, size_bytes, mode), data_offset - kTarBlock, part_name);
}

void write_padding(int fd, std::uint64_t data_offset, std::uint64_t size_bytes, std::string_view part_name) {
  constexpr TarHeader kZeros{};
  pwrite_all(fd, Bytes(kZeros).first(padded(size_bytes) - size_bytes), data_offset + size_bytes, part_name);
}

void write_trailer(int fd, std::uint64_t part_size_bytes, std::string_view part_name) {
  constexpr std::array<std::byte, kTarTrailer> kZeros{};
  pwrite_all(fd, kZeros, part_size_bytes - kTarTrailer, part_name);
}

}  // namespace bundle::format
