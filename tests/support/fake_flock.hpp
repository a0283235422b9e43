#pragma once

#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace bundle::test {

/// What flock fails with while this is not 0, as on a file system that has no locks.
inline int flock_error = 0;

}  // namespace bundle::test

/// Stands before the C library's. Included by one file of a test program.
extern "C" int flock(int fd, int operation) noexcept {
  if (bundle::test::flock_error != 0) {
    errno = bundle::test::flock_error;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_flock, fd, operation));
}
