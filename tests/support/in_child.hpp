#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace bundle::test {

/// What `work` returns, or 255 when it throws, in a process of its own: for what counts for a whole process,
/// such as a stop that was asked for. Checks in there are nobody's; what it leaves on disk is seen here.
inline int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGHUP, SIG_DFL);  // whoever runs the tests may have it ignored (nohup)
    int code = 255;
    try {
      code = work();
    } catch (...) {
      code = 255;
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace bundle::test
