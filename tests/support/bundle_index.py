#!/usr/bin/env python3
"""bundle_index.py BUNDLE.JSON WHAT [NAME]: answers about an index, for tests that compare a server with it."""
import json
import sys

index = json.load(open(sys.argv[1], encoding="utf-8"))
what, name = sys.argv[2], (sys.argv[3:] or [""])[0]
entries = {entry["path"]: entry for entry in index["entries"]}
blobs = [entry for path, entry in entries.items() if path.startswith("blobs/")]


def largest_blob():
    return max(blobs, key=lambda entry: entry["size"])


if what == "images":
    for image in index["images"]:
        print(image["ref"], image["digest"])
elif what == "digest":
    print(next(image["digest"] for image in index["images"] if image["ref"] == name))
elif what == "charts":
    for chart in index["charts"]:
        print(chart["name"], chart["version"], chart["path"])
elif what == "piece":
    part, offset, _ = entries[name]["at"][0]
    print(index["parts"][part]["name"], offset)
elif what in ("sha256", "size"):
    print(entries[name][what])
elif what == "vendor-key":
    print(next(path.split("/")[-1] for path in entries if path.startswith(f"rpms/keys/{name}-")))
elif what == "largest":
    print("docker.io/library/busybox", largest_blob()["sha256"])
elif what == "blob-path":
    print(largest_blob()["path"])
elif what == "blobs":
    for entry in blobs:
        print(entry["sha256"])
else:
    sys.exit(f"nothing is known of {what}")
