#include "base/proc.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bundle {
namespace {

/// struct linux_dirent64, which glibc does not have. Source: getdents64(2).
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[1];
};

/// A number in decimal digits, -1 for anything else.
int number_of(std::string_view text) {
  int number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9' || number > 100'000'000) {
      return -1;
    }
    number = number * 10 + (digit - '0');
  }
  return text.empty() ? -1 : number;
}

/// Calls `visit(number)` for every name in a folder that is one; false where there is no such folder.
template <class Visit>
bool for_each_number(const char* folder, const Visit& visit) {
  const int fd = ::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  alignas(Entry) std::array<char, 4096> buffer{};
  long got = 0;
  while ((got = ::syscall(SYS_getdents64, fd, buffer.data(), buffer.size())) > 0) {
    for (long at = 0; at < got;) {
      const Entry* entry = reinterpret_cast<const Entry*>(buffer.data() + at);
      at += entry->size;
      const int number = number_of(static_cast<const char*>(entry->name));
      if (number >= 0 && number != fd) {
        visit(number);
      }
    }
  }
  ::close(fd);
  return true;
}

/// Writes `/proc/PID/stat`.
void put_stat_path(pid_t pid, std::array<char, 32>& path) {
  std::array<char, 12> digits{};
  std::size_t count = 0;
  do {
    digits.at(count++) = static_cast<char>('0' + pid % 10);
    pid /= 10;
  } while (pid > 0);
  char* end = std::copy_n("/proc/", 6, path.data());
  end = std::reverse_copy(digits.data(), digits.data() + count, end);
  std::copy_n("/stat", 6, end);
}

/// The session of a living process; -1 of a zombie and of one that is gone.
pid_t session_of(pid_t pid) {
  std::array<char, 32> path{};
  put_stat_path(pid, path);
  const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return -1;
  }
  std::array<char, 512> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  std::string_view text(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  // The name in brackets may hold anything; behind it: state, parent, group, session.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || text.size() < name_end + 4) {
    return -1;
  }
  text.remove_prefix(name_end + 2);
  if (text[0] == 'Z' || text[0] == 'X') {
    return -1;
  }
  for (int field = 0; field < 3; ++field) {
    text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
  }
  return number_of(text.substr(0, text.find(' ')));
}

/// Calls `visit(pid)` for every member of a session.
template <class Visit>
void for_each_member(pid_t session, const Visit& visit) {
  for_each_number("/proc", [&](pid_t pid) {
    if (pid != session && session_of(pid) == session) {
      visit(pid);
    }
  });
}

}  // namespace

std::size_t session_members(pid_t session, std::span<pid_t> into) {
  std::size_t count = 0;
  for_each_member(session, [&](pid_t pid) {
    if (count < into.size()) {
      into[count++] = pid;
    }
  });
  return count;
}

bool has_members(pid_t session) {
  std::array<pid_t, 1> first{};
  return session_members(session, first) > 0;
}

void signal_session(pid_t session, int signal) {
  for_each_member(session, [&](pid_t pid) { ::kill(pid, signal); });
}

void close_all_but(std::span<const int> kept) {
  const auto close_unless_kept = [&](int fd) {
    if (std::find(kept.begin(), kept.end(), fd) == kept.end()) {
      ::close(fd);
    }
  };
  if (!for_each_number("/proc/self/fd", close_unless_kept)) {
    constexpr rlim_t kMany = 65536;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 0; fd < static_cast<int>(std::min(limit.rlim_cur, kMany)); ++fd) {
      close_unless_kept(fd);
    }
  }
}

}  // namespace bundle
