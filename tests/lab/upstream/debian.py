"""Debian's own programs, for RPMs and images that carry something real: packages unpacked, kept outside the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

from .programs import cache_folder
from .report import say

# What a program does not need in order to run.
_LEFT_OUT = ("usr/share/", "usr/include/", "etc/init.d/", "etc/default/", "etc/apparmor.d/", "etc/logrotate.d/", "etc/rsyslog.d/",
             "etc/network/", "etc/dhcp/", "etc/ppp/", "etc/dbus-1/", "etc/ld.so.conf.d/")
_MERGED = ("bin", "sbin", "lib", "lib64")


def folder():
    return cache_folder() / "debian"


def unpacked(packages):
    """{package: folder with its files, everything below /usr as in a merged-usr system}; downloads what is not there yet."""
    trees = {package: _tree(package) for package in sorted(set(packages))}
    lacking = [package for package, tree in trees.items() if not tree.exists()]
    if lacking:
        _download(lacking)
        say(f"unpacked from Debian: {' '.join(lacking)}")
    return trees


def are_unpacked(packages):
    return all(_tree(package).exists() for package in packages)


def files(tree, selections=()):
    """{path as installed: file or symlink} of an unpacked package.

    A selection is a path, a folder, or FROM=TO to install it elsewhere; none selects everything but documentation.
    """
    found = {}
    for path in sorted(tree.rglob("*")):
        name = str(path.relative_to(tree))
        if path.is_dir() and not path.is_symlink():
            continue
        target = _selected("/" + name, selections) if selections else ("" if name.startswith(_LEFT_OUT) else "/" + name)
        if target:
            found[target] = path
    return found


def _selected(path, selections):
    for selection in selections:
        source, _, target = selection.partition("=")
        if path == source or path.startswith(source + "/"):
            return (target or source) + path[len(source) :]
    return ""


def _tree(package):
    return folder() / package


def _download(packages):
    work = folder() / f"work.{os.getpid()}"
    work.mkdir(parents=True)
    try:
        _run(["apt-get", "download", "--quiet=2", *packages], work)
        for archive in work.glob("*.deb"):
            package = archive.name.split("_")[0]
            _run(["dpkg-deb", "-x", str(archive), str(work / package)], work)
            _merge_usr(work / package)
            (work / package).rename(_tree(package))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _merge_usr(tree):
    for name in _MERGED:
        if (tree / name).is_dir():
            shutil.copytree(tree / name, tree / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(tree / name)
            # Absolute links such as /lib/… stay valid: a merged root has /lib -> usr/lib.


def _run(command, folder_):
    result = subprocess.run(command, cwd=folder_, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} {command[1]} exited with {result.returncode}: {result.stderr.strip()[-500:]}")
