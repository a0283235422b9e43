#include "base/proc.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "support/forked.hpp"

namespace bundle {
namespace {

TEST_CASE("members of a session are its living processes but the leader, also in other process groups") {
  const TempDir dir;
  test::Trace trace(dir.path() / "trace");
  test::Forked leader([&] {
    ::setsid();
    test::Forked member([] { return ::pause(); });
    test::Forked other_group([] { return ::setpgid(0, 0) == 0 ? ::pause() : 1; });
    test::Forked other_session([] { return ::setsid() > 0 ? ::pause() : 1; });
    // Ended, and not waited for.
    const pid_t zombie = ::fork();
    if (zombie == 0) {
      ::_exit(0);
    }
    siginfo_t ignored{};
    ::waitid(P_PID, static_cast<id_t>(zombie), &ignored, WEXITED | WNOWAIT);
    while (::getsid(other_session.pid()) == ::getpid()) {
    }
    std::array<pid_t, 8> found{};
    const std::size_t count = session_members(::getpid(), found);
    const bool is_right = count == 2 && std::find(found.begin(), found.end(), member.pid()) != found.end() &&
                          std::find(found.begin(), found.end(), other_group.pid()) != found.end();
    signal_session(::getpid(), SIGKILL);
    const bool are_ended = member.wait() == 128 + SIGKILL && other_group.wait() == 128 + SIGKILL;
    return is_right && are_ended && !has_members(::getpid()) && ::kill(other_session.pid(), 0) == 0 ? 0 : 1;
  });
  CHECK(leader.wait() == 0);
  CHECK_FALSE(has_members(1 << 21));
}

TEST_CASE("all file descriptors but the kept ones are closed") {
  test::Forked child([] {
    const TempDir dir;
    std::vector<UniqueFd> many;
    for (int i = 0; i < 300; ++i) {
      many.push_back(open_file(dir.path() / "file", OpenMode::create_or_open));
    }
    const std::array kept{many[7].get(), -1, many[250].get()};
    close_all_but(kept);
    int open = 0;
    for (int fd = 0; fd < 1024; ++fd) {
      open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return open == 2 && ::fcntl(kept[0], F_GETFD) >= 0 && ::fcntl(kept[2], F_GETFD) >= 0 ? 0 : 1;
  });
  CHECK(child.wait() == 0);
}

}  // namespace
}  // namespace bundle
