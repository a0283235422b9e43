#pragma once

namespace bundle {

/// From here on the first Ctrl-C, SIGTERM or SIGHUP (a terminal or an ssh session that is gone; not where
/// nohup has it ignored) only sets a flag, so that work stops where that is clean; the second ends the
/// process at once with exit code 130, unless a HoldExit stands. Blocking system calls are restarted.
void watch_interrupts();

/// From here on an output that nobody reads any more (an ssh session without a terminal that is gone) asks
/// for a stop as well, in place of ending the process. It never counts as the second time.
void stop_when_output_is_lost();

/// Whether a stop was asked for. Long loops ask once per buffer or item; cheap, safe from any thread.
bool interrupted();

/// How many times a stop was asked for. From the second on nothing new is begun.
int stops_asked();

/// Throws Error(interrupted) when a stop was asked for. Whoever knows how to go on adds a hint.
void check_interrupt();

/// While one stands, the second Ctrl-C does not end the process: whoever has it looks at stops_asked at least
/// once a second, ends what must not be left behind, and throws Error(interrupted).
class HoldExit {
 public:
  HoldExit();
  ~HoldExit();
  HoldExit(const HoldExit&) = delete;
  HoldExit& operator=(const HoldExit&) = delete;
};

}  // namespace bundle
