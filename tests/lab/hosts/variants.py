"""Hosts that are not like the others: roots with more packages, swap, the other cgroups."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from upstream.report import say

from . import root

# What `hosts up --with` takes, and the Debian packages that it means.
PROGRAMS = {"firewalld": ["firewalld", "nftables", "netbase"]}  # netbase: /etc/protocols, for its services
SWAP_FILE = "swapfile"
# zram-generator and .swap units do nothing in a container (systemd asks for one); a service does, as those of older zram packages.
_SWAP_UNIT = f"""\
[Unit]
Description=Swap of the lab, as a package with a zram device makes it
DefaultDependencies=no
Before=swap.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/swapon /{SWAP_FILE}
ExecStop=-/sbin/swapoff /{SWAP_FILE}
[Install]
WantedBy=swap.target
"""
# What zram-generator leaves in /run at each boot and daemon-reload: a .swap unit that swap.target wants.
_SWAP_GENERATOR = """\
#!/bin/sh
mkdir -p "$1/swap.target.wants"
printf '[Unit]\\nDescription=as of zram-generator\\n[Swap]\\nWhat=/dev/zram0\\n' > "$1/dev-zram0.swap"
ln -s ../dev-zram0.swap "$1/swap.target.wants/dev-zram0.swap"
"""
_SOURCES = "deb http://deb.debian.org/debian bookworm main\n"


def image(programs):
    """The image of the hosts' root with these PROGRAMS in it: made from root.image() once, and kept beside it."""
    base = root.image()
    if not programs:
        return base
    packages = sorted({package for name in programs for package in PROGRAMS[name]})
    made = base.with_name(f"{base.stem}-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}.ext4")
    with _locked(made):
        if not made.exists():
            _make(base, made, packages)
    return made


def add_swap(tree, mebibytes):
    """A swap file on the disk that is mounted at `tree`; a line of /etc/fstab, a service and a generator all turn swap on."""
    path = tree / SWAP_FILE
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, mebibytes << 20)
    path.chmod(0o600)
    _run(None, ["mkswap", "--quiet", str(path)])
    with open(tree / "etc/fstab", "a") as fstab:
        fstab.write(f"/{SWAP_FILE} none swap defaults 0 0\n")
    units = tree / "etc/systemd/system"
    (tree / "usr/lib/systemd/system/zramswap.service").write_text(_SWAP_UNIT)
    (units / "swap.target.wants").mkdir(exist_ok=True)
    (units / "swap.target.wants/zramswap.service").symlink_to("/lib/systemd/system/zramswap.service")
    generators = tree / "usr/local/lib/systemd/system-generators"
    generators.mkdir(parents=True)
    (generators / "lab-zram-generator").write_text(_SWAP_GENERATOR)
    (generators / "lab-zram-generator").chmod(0o755)


def end_swap(tree):
    """The kernel swaps for the whole machine: a host that goes must not leave its file in use."""
    if (tree / SWAP_FILE).exists():
        subprocess.run(["swapoff", str(tree / SWAP_FILE)], stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _make(base, made, packages):
    say(f"adding {' '.join(packages)} to the hosts' root, once; log: {made}.log")
    partial, tree = made.with_suffix(".partial"), made.with_suffix(".tree")
    loop = ""
    try:
        with open(f"{made}.log", "wb") as log:
            _run(log, ["cp", "--sparse=always", str(base), str(partial)])
            loop = subprocess.run(["losetup", "--find", "--show", str(partial)], capture_output=True, text=True, check=True).stdout.strip()
            tree.mkdir(exist_ok=True)
            _run(log, ["mount", "-t", "ext4", loop, str(tree)])
            try:
                _install(log, tree, packages)
            finally:
                _run(log, ["umount", "--recursive", str(tree)])
        partial.rename(made)
    finally:
        if loop:
            _run(None, ["losetup", "--detach", loop])
        partial.unlink(missing_ok=True)
        shutil.rmtree(tree, ignore_errors=True)


def _install(log, tree, packages):
    """apt in the tree; afterwards there is no apt to be seen, as in the root itself."""
    for folder in ("etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/apt/preferences.d"):
        (tree / folder).mkdir(parents=True)
    (tree / "etc/apt/sources.list").write_text(_SOURCES)
    (tree / "etc/apt/trusted.gpg.d").symlink_to("/usr/share/keyrings")
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    policy = tree / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    _run(log, ["mount", "-t", "proc", "proc", str(tree / "proc")])
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "chroot", str(tree), "apt-get", "-q"]
    _run(log, [*apt, "update"])
    _run(log, [*apt, "install", "-y", "--no-install-recommends", *packages])
    policy.unlink()
    shutil.rmtree(tree / "etc/apt")
    shutil.rmtree(tree / "var/lib/apt/lists")
    for archive in (tree / "var/cache/apt").rglob("*.*"):
        if archive.is_file():
            archive.unlink()


@contextmanager
def _locked(path):
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(log, command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} exited with {result.returncode}" + (f"; see {log.name}" if log else ""))
