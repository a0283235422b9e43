#include "host/digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/interrupt.hpp"

namespace bundle::host {

std::optional<std::string> digest_of(const Host& host, const std::string& path) {
  constexpr std::size_t kBufferBytes = 1 << 20;
  struct stat status{};
  if (::lstat(host.at(path).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  const UniqueFd fd = open_file(host.at(path), OpenMode::read);
  Hasher hasher;
  std::vector<std::byte> buffer(kBufferBytes);
  for (;;) {
    check_interrupt();
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) {
      fail_errno("read", path, errno);
    }
    if (got == 0) {
      return hasher.finish_hex();
    }
    if (got > 0) {
      const auto bytes = static_cast<std::size_t>(got);
      hasher.update(std::span(buffer).first(bytes));
      host.progress.advance(bytes);
    }
  }
}

}  // namespace bundle::host
