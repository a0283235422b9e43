"""Generated folders that are kept until something they were made from changes."""

import hashlib
import shutil
import time
from pathlib import Path

from .report import say



def digest_of(*parts):
    """One hash over files, folders (names and contents) and strings."""
    total = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            total.update(f"text {part}\n".encode())
            continue
        for path in [part] if part.is_file() else sorted(p for p in part.rglob("*") if p.is_file()):
            if "__pycache__" in path.parts:
                continue
            total.update(f"file {path.relative_to(part.parent)}\n".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def kept(folder, inputs, make):
    """`folder` as `make(partial folder)` fills it, remade only when the hash `inputs` differs from the last time."""
    stamp = folder.with_name(folder.name + ".stamp")
    if folder.is_dir() and stamp.exists() and stamp.read_text() == inputs:
        return folder
    started = time.monotonic()
    stamp.unlink(missing_ok=True)
    partial = folder.with_name(folder.name + ".partial")
    for old in (partial, folder):
        shutil.rmtree(old, ignore_errors=True)
    partial.mkdir(parents=True)
    make(partial)
    partial.rename(folder)
    stamp.write_text(inputs)
    say(f"{folder.name} generated in {time.monotonic() - started:.1f} s")
    return folder
