#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/fs.hpp"

namespace bundle {

/// Says that somebody is at work, until that process and every program that it started has ended: the
/// supervisors of its programs keep the lock (flock) open when it was killed. The file says who it is, a line
/// each: `PID SECONDS COMMAND` of the process itself, then `SESSION - COMMAND` of each program that runs. It
/// belongs into /run: what it says is of this boot.
class WorkLock {
 public:
  /// Throws Error(step), with who has it, when somebody else is at work: a process, or what a killed one and
  /// its killed supervisor have left running. `now`: seconds since the epoch, `command`: what a person typed.
  WorkLock(const std::filesystem::path& file, std::string_view command, std::int64_t now);
  ~WorkLock();
  WorkLock(const WorkLock&) = delete;
  WorkLock& operator=(const WorkLock&) = delete;

  /// What a supervisor keeps open.
  int fd() const { return fd_.get(); }
  /// A program is about to start in this session; it has ended. From any thread.
  void started(pid_t session, std::string_view command);
  void ended(pid_t session);

 private:
  struct Program {
    pid_t session = 0;
    std::string command;
  };
  void write();

  std::string file_;
  UniqueFd fd_;
  std::string owner_;  ///< the first line
  std::mutex mutex_;
  std::vector<Program> programs_;
  std::size_t written_bytes_ = 0;
};

/// What was typed to start this process, from /proc.
std::string own_command_line();

}  // namespace bundle
