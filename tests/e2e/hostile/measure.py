"""Runs a command, and writes its exit code and peak resident memory (KiB) to a file.

    measure.py FILE COMMAND…

In a small process of its own: until it calls exec, a child counts its parent's memory as its own.
"""

import os
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the command alone
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, setsigdef=[signal.SIGINT])
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
