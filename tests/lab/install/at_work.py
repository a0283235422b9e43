#!/usr/bin/env python3
"""Watches from outside whether programs of two runs of the installer are at work on a host at once.

    at_work.py LEADER FILE      until it is killed: a line on FILE for each such meeting

LEADER is a process of the host. Each program that the installer starts is in a session of its own, whose leader is the supervisor, a child of
the run. What that child's parent was when it was first seen tells two runs apart, also when a run has been killed since.
"""

import os
import sys
import time
from pathlib import Path

PROGRAMS = {"dnf", "rpm", "kubeadm", "helm", "ctr", "kubectl"}


def main():
    leader, file = sys.argv[1:]
    host = os.readlink(f"/proc/{leader}/ns/pid")
    known, reported = {}, set()
    with open(file, "w", encoding="utf-8", buffering=1) as out:
        while Path(f"/proc/{leader}").exists():
            at_work = programs(host)
            for process in at_work:
                process["run"] = run_of(process, known)
            for one in at_work:
                for other in at_work:
                    pair = one["session"], other["session"]
                    is_other_run = one["run"] != other["run"]
                    # Both are still there: the look at all processes takes its time.
                    if pair[0] < pair[1] and is_other_run and pair not in reported and still_runs(one) and still_runs(other):
                        reported.add(pair)
                        out.write(f"{one['name']} of {one['run']} and {other['name']} of {other['run']}\n")
            time.sleep(0.03)


def programs(host):
    found = []
    for entry in os.listdir("/proc"):
        process = look(entry) if entry.isdigit() else None
        if process and process["name"] in PROGRAMS and process["session"] and namespace(entry) == host:
            found.append(process)
    return found


def look(pid):
    """None for a process that is gone, and for a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    name, fields = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    if fields[0] in "ZX":
        return None
    return {"pid": pid, "name": name, "parent": fields[1], "session": int(fields[3]), "start": fields[19]}


def still_runs(process):
    now = look(process["pid"])
    return now is not None and now["start"] == process["start"]


def namespace(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def run_of(process, known):
    """The parent of the session's leader when either was first seen. By start times: the numbers of those that are gone are used again."""
    key = process["pid"], process["start"]
    if key not in known:
        supervisor = look(str(process["session"]))
        known[key] = (known.setdefault((process["session"], supervisor["start"], "leader"), supervisor["parent"])
                      if supervisor else f"a supervisor that is gone ({process['session']})")
    return known[key]


if __name__ == "__main__":
    main()
