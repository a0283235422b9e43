#!/usr/bin/env python3
"""doc_commands.py FILE [MARK]: the commands of a Markdown page as one bash script.

Commands stand in blocks marked ```console (or ```MARK), each behind "$ "; lines without it belong to the command before
(a here document)."""
import sys


def commands(lines, mark):
    in_block = False
    for line in lines:
        if line.startswith("```"):
            in_block = line.strip() == "```" + mark
        elif in_block:
            yield line[2:] if line.startswith("$ ") else line


script = "".join(commands(open(sys.argv[1], encoding="utf-8"), (sys.argv[2:] or ["console"])[0]))
if not script:
    sys.exit(f"{sys.argv[1]} has no commands")
print("set -euxo pipefail")
print(script, end="")
