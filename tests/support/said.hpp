#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::test {

/// What `work` writes on stderr, where a Log writes.
inline std::string said_by(const std::function<void()>& work) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "said";
  const UniqueFd sink = open_file(file, OpenMode::create_new);
  std::fflush(stderr);
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!before || ::dup2(sink.get(), STDERR_FILENO) < 0) {
    fail_errno("redirect into", file.string(), errno);
  }
  const auto restore = [&] {
    std::fflush(stderr);
    ::dup2(before.get(), STDERR_FILENO);
  };
  try {
    work();
  } catch (...) {
    restore();
    throw;
  }
  restore();
  return read_file(file, 1 << 20);
}

}  // namespace bundle::test
