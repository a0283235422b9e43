#!/usr/bin/env python3
"""tab.py SETUP TEXT WANTED SHELL…: starts SHELL on a terminal of its own, lets it run SETUP, types TEXT and a tab, and waits
until the terminal shows WANTED. Exit code 1, with what the terminal shows, when it does not in half a minute."""
import os
import pty
import re
import select
import sys
import time

DEADLINE_SECONDS = 30
MARK = "ready%d" % os.getpid()
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07|\r")


def read_until(terminal, wanted, shown):
    """Appends to `shown` what the terminal shows until it holds `wanted`."""
    end = time.monotonic() + DEADLINE_SECONDS
    while wanted not in CONTROL.sub(b"", bytes(shown)).decode("utf-8", "replace"):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            return False
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the shell has ended
            return False
    return True


def main():
    setup, text, wanted, *shell = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="dumb", PS1="> ", INPUTRC="/dev/null", COLUMNS="200")
        os.execvp(shell[0], shell)
    shown = bytearray()
    # The mark is put together by the shell, so that its echo is not taken for its output.
    os.write(terminal, f"{setup}; echo {MARK[:3]}''{MARK[3:]}\n".encode())
    is_right = read_until(terminal, MARK, shown)
    if is_right:
        shown.clear()
        os.write(terminal, f"{text}\t".encode())
        is_right = read_until(terminal, wanted, shown)
    os.close(terminal)  # hangs up: the shell ends
    os.waitpid(child, 0)
    if not is_right:
        print(f"{shell[0]} does not show '{wanted}' but: {CONTROL.sub(b'', bytes(shown)).decode('utf-8', 'replace')!r}")
    return 0 if is_right else 1


sys.exit(main())
