#!/usr/bin/env python3
"""Makes a large repository from a real one: each package three times, with releases of their own and full file lists.

    bench/threefold.py APPSTREAM BASEOS OUT

Each copy of a package has `.el9_N` where the original says `.el9`, and another first digit of its checksum, by which
filelists.xml refers to it. The real AppStream comes without file lists: each package gets the files that its primary
names and the list of some package of BaseOS, under its own name. OUT is complete or absent.
"""

import gzip
import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

_COPIES = (1, 2, 3)
_ELEMENT = re.compile(r"<package .*?</package>", re.DOTALL)
_CHECKSUM = re.compile(r'(<checksum type="sha256" pkgid="YES">)([0-9a-f])([0-9a-f]{63})')
_FILE = re.compile(r"\s*<file\b.*?</file>")


def main():
    appstream, baseos, out = map(Path, sys.argv[1:])
    if out.exists():
        return
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    (partial / "repodata").mkdir(parents=True)
    packages = _ELEMENT.findall(_read(appstream, "primary"))
    donors = [(re.search(r' name="([^"]*)"', element)[1], _FILE.findall(element))
              for element in _ELEMENT.findall(_read(baseos, "filelists"))]
    count = len(packages) * len(_COPIES)
    data = [_write(partial, "primary", _primary(packages, count)), _write(partial, "filelists", _filelists(packages, donors, count))]
    repomd = '<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>0</revision>\n' + "".join(data) + "</repomd>\n"
    (partial / "repodata/repomd.xml").write_text(repomd)
    try:
        partial.rename(out)
    except OSError:  # somebody else was faster
        shutil.rmtree(partial)


def _read(folder, kind):
    repomd = (folder / "repodata/repomd.xml").read_text()
    href = re.search(rf'<data type="{kind}">.*?<location href="([^"]+)"', repomd, re.DOTALL)[1]
    return gzip.decompress((folder / href).read_bytes()).decode()


def _primary(packages, count):
    yield f'<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="{count}">\n'
    for number in _COPIES:
        for element in packages:
            yield _copy(element, number) + "\n"
    yield "</metadata>\n"


def _filelists(packages, donors, count):
    yield f'<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="{count}">\n'
    for number in _COPIES:
        for index, element in enumerate(packages):
            yield _file_list(_copy(element, number), *donors[index % len(donors)])
    yield "</filelists>\n"


def _file_list(element, donor, donated):
    name, arch = re.search(r"<name>(.*?)</name>", element)[1], re.search(r"<arch>(.*?)</arch>", element)[1]
    version = re.search(r"<version [^>]*/>", element)[0]
    files = "".join(_FILE.findall(element)) + "".join(donated).replace(donor, name)
    pkgid = "".join(_CHECKSUM.search(element).groups()[1:])
    return f'<package pkgid="{pkgid}" name="{name}" arch="{arch}">\n  {version}{files}\n</package>\n'


def _copy(element, number):
    digit = lambda match: f"{match[1]}{(int(match[2], 16) + number) % 16:x}{match[3]}"
    return _CHECKSUM.sub(digit, element.replace(".el9", f".el9_{number}"), count=1)


def _write(folder, kind, chunks):
    """Writes the file of `kind`; returns its part of repomd.xml."""
    href = f"repodata/{kind}.xml.gz"
    content, size = hashlib.sha256(), 0
    with gzip.open(folder / href, "wb", compresslevel=6) as file:
        for chunk in chunks:
            data = chunk.encode()
            content.update(data)
            size += len(data)
            file.write(data)
    packed = (folder / href).read_bytes()
    return (f'<data type="{kind}"><checksum type="sha256">{hashlib.sha256(packed).hexdigest()}</checksum>'
            f'<open-checksum type="sha256">{content.hexdigest()}</open-checksum><location href="{href}"/>'
            f"<timestamp>0</timestamp><size>{len(packed)}</size><open-size>{size}</open-size></data>\n")


if __name__ == "__main__":
    main()
