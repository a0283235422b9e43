#pragma once

#include <spawn.h>

#include <array>
#include <chrono>

namespace bundle {

/// What a supervisor says to the process that it works for: packets over a socket, whose end says that all is
/// over.
struct SupervisorReport {
  enum class Kind { started, cannot_start, program_ended } kind = Kind::started;
  int value = 0;  ///< errno, or a status as waitpid gives it
};

/// What a supervisor is told, packets of one byte. The end of the socket says that the other side is gone.
enum class SupervisorOrder : char {
  go = 'g',         ///< start the program
  input_end = 'i',  ///< the input is complete
  cut = 'c',        ///< end it now, whatever it is
  release = 'r',    ///< it has ended and nobody has its output: what else it left is none of ours
};

/// All that a supervisor works with, made before the fork: it takes no memory and no locks. The pipes are
/// those of the program, both ends.
struct SupervisorTask {
  const char* program = nullptr;  ///< its path; a name alone is a program that was not found
  char** argv = nullptr;
  char** env = nullptr;
  const posix_spawn_file_actions_t* actions = nullptr;
  const posix_spawnattr_t* attributes = nullptr;
  int control = -1;         ///< its end of the socket
  int lock = -1;            ///< kept open until all is over
  std::array<int, 2> in{};  ///< read end, write end
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  bool has_input = false;          ///< until `input_end`; else the input is empty
  bool must_finish = false;        ///< is waited for when the other side is gone; all else is cut off
  std::chrono::seconds timeout{};  ///< for that wait
};

/// The life of a process that was forked for one program, with all signals blocked. It makes a session,
/// starts the program there, and stays until the program has ended and nobody else of that session is left;
/// only then it closes the lock. Who made a session of its own has left: a daemon is none of ours.
///
/// When the other side is gone (SIGKILL, a crash) it does what that side would have done: it ends the session
/// (SIGTERM, then SIGKILL), or waits for what must finish, reading its output so that it meets no broken
/// pipe, and keeping its input open so that it never takes half an input for a whole one.
[[noreturn]] void supervise(const SupervisorTask& task);

}  // namespace bundle
