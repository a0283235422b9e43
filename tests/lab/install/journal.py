#!/usr/bin/env python3
"""Looks at the installer's journal from outside the host.

    journal.py records FILE                       lines `EVENT STEP`
    journal.py watch FILE PID                     lines `SECONDS EVENT STEP` as they come, until the process PID ends
    journal.py wait FILE KNOWN EVENT STEP PID     returns when such a record stands behind the first KNOWN ones; 1 when PID ends before
    journal.py any FILE KNOWN EVENT COUNT PID     the same for so many of such records, of any steps
    journal.py cut FILE KNOWN EVENT STEPS PID SECONDS ROOT
                                                  the same for STEPS: the first one, or any record of the others, which come later; SECONDS
                                                  after it the disk mounted at ROOT takes no more writes, and loses what it had not synced

A record is a line: 16 hex digits, a space, a JSON object with `event` and, but for `install`, `step` (docs/formats/journal.md).
"""

import json
import subprocess
import sys
import time
from pathlib import Path


def main():
    action, file, *rest = sys.argv[1:]
    if action == "records":
        for row in records(file):
            print(*row)
        return 0
    if action == "watch":
        return watch(file, int(rest[0]))
    if action == "wait":
        return wait(file, int(rest[0]), lambda row: row == rest[1:3], int(rest[3]))
    if action == "any":
        return wait(file, int(rest[0]), lambda row: row[0] == rest[1], int(rest[3]), int(rest[2]))
    known, event, steps, pid, seconds, root = rest
    first, *later = steps.split()
    status = wait(file, int(known), lambda row: row == [event, first] or row[1] in later, int(pid))
    if status == 0:
        time.sleep(float(seconds))
        subprocess.run(["xfs_io", "-x", "-c", "shutdown", root], check=True)
    return status


def records(path):
    """(event, step) of each whole record."""
    try:
        lines = Path(path).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line[17:])
        except ValueError:
            continue  # it is being written
        found.append([record["event"], record.get("step", "-")])
    return found


def watch(path, pid):
    known, began = len(records(path)), time.monotonic()
    alive = True
    while alive:
        alive = runs(pid)
        rows = records(path)
        for row in rows[known:]:
            print(f"{time.monotonic() - began:.2f}", *row)
        known = len(rows)
        time.sleep(0.02)
    return 0


def wait(path, known, wanted, pid, count=1):
    alive = True
    while alive:
        alive = runs(pid)
        if sum(map(wanted, records(path)[known:])) >= count:
            return 0
        time.sleep(0.01)
    return 1


def runs(pid):
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
