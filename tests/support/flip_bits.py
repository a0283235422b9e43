"""Flips single bits of a bundle's files, one at a time, and holds `bundle verify` to noticing each: exit code 5, and the
place in words.

    flip_bits.py BUNDLE KEY.pub COUNT SEED      BUNDLE is written to, and is whole again at the end
"""
import json
import random
import subprocess
import sys
from pathlib import Path


def main():
    folder, key, count, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    chance = random.Random(seed)
    index = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    spots = list(positions(folder, count, chance))
    print(f"{len(spots)} flips in {len({name for name, _ in spots})} files, seed {seed}")
    faults = [fault for name, offset in spots for fault in flip(folder, key, index, name, offset, chance.randrange(8))]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} of {len(spots)} flips went wrong")


def positions(folder, count, chance):
    """Every byte of the signatures; of each other file its ends, and its share of `count` random places."""
    names = sorted(path.name for path in folder.iterdir())
    others = [name for name in names if not name.endswith(".sig")]
    for name in names:
        size = (folder / name).stat().st_size
        if name in others:
            yield from ((name, offset) for offset in (0, size - 1))
            yield from ((name, chance.randrange(size)) for _ in range(count // len(others)))
        else:
            yield from ((name, offset) for offset in range(size))


def flip(folder, key, index, name, offset, bit):
    toggle(folder / name, offset, bit)
    try:
        done = subprocess.run(["bundle", "verify", folder, "--key", key], capture_output=True, text=True, check=False)
    finally:
        toggle(folder / name, offset, bit)
    where = f"bit {bit} of byte {offset} of {name}"
    if done.returncode != 5:
        yield f"{where}: exit code {done.returncode}: {done.stderr}"
    for word in words(index, name, offset):
        if word not in done.stderr:
            yield f"{where}: '{word}' is not in: {done.stderr}"


def toggle(file, offset, bit):
    with open(file, "r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(offset)
        stream.write(bytes([byte ^ 1 << bit]))


def words(index, name, offset):
    """What stderr must say: the file, and for a part whose entry it hit that entry."""
    yield name
    parts = [part["name"] for part in index["parts"]]
    if name not in parts:
        return
    for entry in index["entries"]:
        for part, begin, size in entry["at"]:
            if parts[part] == name and begin - 512 <= offset < begin + size + -size % 512:
                yield entry["path"]


if __name__ == "__main__":
    main()
