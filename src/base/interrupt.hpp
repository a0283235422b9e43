#pragma once

namespace bundle {

/// From here on the first Ctrl-C (or SIGTERM) only sets a flag, so that work stops where that is clean; the
/// second ends the process at once with exit code 130. Blocking system calls are restarted.
void watch_interrupts();

/// Whether a stop was asked for. Long loops ask once per buffer or item; cheap, safe from any thread.
bool interrupted();

/// Throws Error(interrupted) when a stop was asked for. Whoever knows how to go on adds a hint.
void check_interrupt();

}  // namespace bundle
