#include "command_line.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::test {
namespace {

void flush_all() {
  std::cout.flush();  // CLI11 prints the help there
  std::cerr.flush();
  std::fflush(nullptr);
}

/// Sends a descriptor into a file until the end of the scope.
class Redirection {
 public:
  Redirection(int fd, const std::filesystem::path& file) : fd_(fd), saved_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
    const int target = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (saved_ < 0 || target < 0 || ::dup2(target, fd) < 0) {
      fail_errno("redirect into", file.string(), errno);
    }
    ::close(target);
  }
  ~Redirection() {
    flush_all();
    ::dup2(saved_, fd_);
    ::close(saved_);
  }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

 private:
  int fd_;
  int saved_;
};

}  // namespace

Ended run_line(const std::vector<cli::AddVerb>& verbs, const std::vector<std::string>& arguments) {
  std::vector<std::string> line = {"bundle"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : line) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);

  const TempDir dir;
  Ended ended;
  flush_all();
  {
    const Redirection out(STDOUT_FILENO, dir.path() / "out");
    const Redirection err(STDERR_FILENO, dir.path() / "err");
    ended.code = cli::run(static_cast<int>(line.size()), argv.data(), verbs);
  }
  constexpr std::size_t kLimitBytes = 1 << 20;
  ended.out = read_file(dir.path() / "out", kLimitBytes);
  ended.err = read_file(dir.path() / "err", kLimitBytes);
  return ended;
}

}  // namespace bundle::test
