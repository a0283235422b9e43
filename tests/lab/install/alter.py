#!/usr/bin/env python3
"""Flips one bit in the middle of an entry's bytes, wherever the index of a bundle says that they lie.

    alter.py BUNDLE PATTERN      PATTERN: a regular expression for the entry's path; its first match in the index
    alter.py BUNDLE --largest    the largest entry below blobs/

Prints `PATH PART`. The part is replaced by an altered copy: it may be a hard link.
"""

import json
import re
import shutil
import sys
from pathlib import Path


def main():
    bundle, pattern = Path(sys.argv[1]), sys.argv[2]
    index = json.loads((bundle / "bundle.json").read_bytes())
    if pattern == "--largest":
        entry = max((row for row in index["entries"] if row["path"].startswith("blobs/")), key=lambda row: row["size"])
    else:
        entry = next(row for row in index["entries"] if re.search(pattern, row["path"]))
    number, offset, size = entry["at"][0]
    part = bundle / index["parts"][number]["name"]
    copy = part.with_suffix(".altered")
    shutil.copyfile(part, copy)
    with open(copy, "r+b") as file:
        file.seek(offset + size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    copy.rename(part)
    print(entry["path"], part.name)


if __name__ == "__main__":
    main()
