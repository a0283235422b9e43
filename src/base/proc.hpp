#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace bundle {

/// What /proc says of processes, without memory or locks: also for a process that was forked beside threads.

/// Living processes of a session (not zombies, not its leader), as many as fit: the number in `into`. None as
/// well where there is no /proc. A process that makes a session of its own, as daemons do, has left it.
/// Source: proc(5), /proc/PID/stat.
std::size_t session_members(pid_t session, std::span<pid_t> into);

/// Whether anybody of the session is left.
bool has_members(pid_t session);

/// Sends a signal to all members of a session, as they are now.
void signal_session(pid_t session, int signal);

/// Closes every file descriptor but these (unsorted).
void close_all_but(std::span<const int> kept);

}  // namespace bundle
