"""The root file system that every host starts from: one ext4 image, made once and kept outside the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

from upstream.content import digest_of
from upstream.programs import cache_folder
from upstream.report import say

_SUITE = "bookworm"
_PACKAGES = ["systemd-sysv", "dbus", "iproute2", "kmod", "udev", "procps", "curl", "rpm", "dnf", "openssl", "iputils-ping",
             "iputils-arping", "e2fsprogs"]
_DISK_BYTES = 24 << 30  # sparse
_OS_RELEASE = """\
NAME="CentOS Stream"
VERSION="9"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="9"
PLATFORM_ID="platform:el9"
PRETTY_NAME="CentOS Stream 9"
"""


def image():
    """The path of the image; made in minutes the first time, from Debian's packages. RuntimeError when it cannot be made."""
    made = _path()
    if made.exists():
        return made
    say(f"making the hosts' root from Debian's packages, once; log: {made}.log")
    tree = made.with_name(f"{made.name}.{os.getpid()}")
    try:
        with open(f"{made}.log", "wb") as log:
            _run(log, ["mmdebstrap", "--variant=minbase", "--include=" + ",".join(_PACKAGES), _SUITE, str(tree)])
            _shape(tree)
            partial = tree.with_suffix(".partial")
            with open(partial, "wb") as file:
                file.truncate(_DISK_BYTES)
            _run(log, ["mkfs.ext4", "-q", "-d", str(tree), str(partial)])
        partial.rename(made)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    return made


def is_made():
    return _path().exists()


def _path():
    return cache_folder() / f"host-root-{digest_of(Path(__file__))[:12]}.ext4"


def _shape(tree):
    """What makes it look like the target to a program that looks: os-release, the rpmdb's place, no apt."""
    (tree / "etc/os-release").unlink(missing_ok=True)
    (tree / "etc/os-release").write_text(_OS_RELEASE)
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/rpm").mkdir(exist_ok=True)
    (tree / "etc/rpm/macros.lab").write_text("%_dbpath /var/lib/rpm\n")
    for folder in ("etc/yum.repos.d", "etc/sysconfig", "media/stick"):
        (tree / folder).mkdir(parents=True, exist_ok=True)
    # Debian's dnf would ask for its own plugins; apt's sources name a mirror.
    shutil.rmtree(tree / "etc/apt")
    units = tree / "etc/systemd/system"
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "systemd-networkd.service").symlink_to("/usr/lib/systemd/system/systemd-networkd.service")
    for name in ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "e2scrub_reap.service", "console-getty.service"):
        (units / name).unlink(missing_ok=True)
        (units / name).symlink_to("/dev/null")


def _run(log, command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} exited with {result.returncode}; see {log.name}")
