"""One host: a disk of its own behind a loop device, and a systemd that boots on it."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import network, variants

_BOOT_SECONDS = 240
_STOP_SECONDS = 60
_CGROUPS = Path("/sys/fs/cgroup")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# nspawn mounts the controllers of cgroup v1 read-only; kubelet and runc write there. It is the host's own cgroup namespace.
_INIT = {1: "for c in /sys/fs/cgroup/*/; do mount -o remount,rw,bind $c; done; exec /usr/lib/systemd/systemd",
         2: "mount -o remount,rw,bind /sys/fs/cgroup; exec /usr/lib/systemd/systemd"}


@dataclass
class Host:
    name: str
    number: int
    namespace: str
    folder: str  # of this host: disk.ext4, root/, console.log
    stick: str  # what is mounted read-only at /media/stick, or ""
    loop: str = ""
    pid: int = 0  # of systemd-nspawn; 0: off
    leader: int = 0  # of its systemd
    cgroup: int = 1  # version

    @property
    def address(self):
        return f"{network.PREFIX}.{10 + self.number}"

    @property
    def root(self):
        return Path(self.folder) / "root"

    @property
    def _cgroup(self):
        return f"{self.namespace}-{self.name}"

    def state(self):
        return {**asdict(self), "address": self.address}

    def is_on(self):
        """Whether its systemd-nspawn is still the one that was started on this disk."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes() if self.pid > 0 else b""
            # In the middle of an exec a process has no command line, like a zombie.
            return str(self.root).encode() in words or (self.pid > 0 and not words and not _is_zombie(self.pid))
        except OSError:
            return False

    def make_disk(self, image):
        self.root.mkdir(parents=True, exist_ok=True)
        _run("cp", "--sparse=always", str(image), f"{self.folder}/disk.ext4")

    def mount(self):
        if not self.loop:
            self.loop = _run("losetup", "--find", "--show", f"{self.folder}/disk.ext4").strip()
            _run("mount", "-t", "ext4", self.loop, str(self.root))

    def configure(self, base_rpms, gateway):
        """Gives the mounted disk its name, its address and an rpmdb that holds `base_rpms`."""
        etc = self.root / "etc"
        (etc / "hostname").write_text(self.name + "\n")
        (etc / "hostname").chmod(0o644)  # as whoever sets it later leaves it
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        lines = ["[Match]", "Name=host0", "[Network]", f"Address={self.address}/24", "LinkLocalAddressing=no"]
        lines += [f"Gateway={network.GATEWAY}"] if gateway else []
        # A name that sorts before systemd's own 80-container-host0.network.
        (etc / "systemd/network").mkdir(parents=True, exist_ok=True)
        (etc / "systemd/network/10-host0.network").write_text("\n".join(lines) + "\n")
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").write_text(f"nameserver {network.GATEWAY}\n" if gateway else "")
        if base_rpms:
            # %_dbpath goes below --root.
            options = ["--dbpath", "/var/lib/rpm", "-i", "--justdb", "--nodeps", "--ignorearch", "--nosignature", "--noscripts"]
            _run("rpm", "--root", str(self.root), *options, *map(str, base_rpms))

    def boot(self):
        """Starts systemd on the mounted disk; `wait` returns when it is up."""
        groups = [controller / self._cgroup for controller in _hierarchies()]
        for group in groups:
            controller = group.parent
            group.mkdir(exist_ok=True)
            if controller.name == "cpuset":
                for name in ("cpuset.cpus", "cpuset.mems"):
                    (group / name).write_text((controller / name).read_text())
                (group / "cgroup.clone_children").write_text("1")
        # A shell puts itself into the host's cgroups and becomes systemd-nspawn. `ip netns exec` would hide /sys/fs/cgroup.
        enter = f'for c in {" ".join(map(str, groups))}; do echo $$ > "$c/cgroup.procs"; done; exec "$@"'
        spawn = ["nsenter", f"--net=/run/netns/{self.namespace}", "systemd-nspawn", "-q", "-D", str(self.root), "-M", self.name]
        spawn += ["--register=no", "--keep-unit", "--private-users=no", "--capability=all", "--bind=/dev/kmsg"]
        # runc gives each container a session keyring; swap is the kernel's, for all hosts.
        spawn += ["--system-call-filter=@keyring @swap"]
        spawn += [f"--network-bridge={network.BRIDGE}"] + ([f"--bind-ro={self.stick}:/media/stick"] if self.stick else [])
        with open(f"{self.folder}/console.log", "ab") as console:
            self.pid = subprocess.Popen(
                ["sh", "-c", enter, "sh", *spawn, "/bin/sh", "-c", _INIT[self.cgroup]],
                env={"PATH": _PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": str(self.cgroup - 1), "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1"},
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            ).pid

    def wait(self):
        """Returns when systemd has finished booting; RuntimeError names the console's log."""
        deadline = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < deadline:
            self.leader = _systemd_below(self.pid)
            if self.leader and self._answer("systemctl", "is-system-running") in ("running", "degraded"):
                return
            if not self.is_on():
                break
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not boot; see {self.folder}/console.log")

    def command(self, argv):
        """The argv that runs `argv` inside, with a clean environment."""
        inside = ["env", "-i", f"PATH={_PATH}", "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb"]
        return ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--wdns=/", *inside, *argv]

    def stop_writing(self):
        """A power cut is this, then `stop`: what had not reached the disk is gone, writes and renames alike."""
        _run("xfs_io", "-x", "-c", "shutdown", str(self.root))

    def stop(self):
        """Ends every process of the host at once, and takes its disk out."""
        if self.is_on():
            for pid in (self.leader, self.pid):
                if pid:
                    _kill(pid)
            _wait_for(lambda: not self.is_on(), f"{self.name} (pid {self.pid}) does not end")
            network.remove_link(self.namespace, self.name)
        self.pid = self.leader = 0
        if self.loop:
            variants.end_swap(self.root)
            _wait_for(self._unmount, f"{self.root} stays busy")
            _run("losetup", "--detach", self.loop)
            self.loop = ""
        for controller in _hierarchies():
            _remove_cgroup(controller / self._cgroup)

    def delete(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _unmount(self):
        return not os.path.ismount(self.root) or subprocess.run(["umount", str(self.root)], capture_output=True, check=False).returncode == 0

    def _answer(self, *argv):
        result = subprocess.run(self.command(argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return result.stdout.strip()


def _hierarchies():
    """Every tree of cgroups that this machine has mounted: version 2 alone, or one a controller of version 1 and one of version 2 beside."""
    if (_CGROUPS / "cgroup.procs").exists():
        return [_CGROUPS]
    return [folder for folder in _CGROUPS.iterdir() if (folder / "cgroup.procs").exists()]


def _systemd_below(pid):
    """The child of systemd-nspawn that has become systemd, or 0."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next((int(child) for child in children if Path(f"/proc/{child}/comm").read_text() == "systemd\n"), 0)
    except OSError:
        return 0


def _is_zombie(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _remove_cgroup(group):
    """A cgroup goes when its children are gone and the kernel has let go of the last process."""
    if group.is_dir():
        for folder, _, _ in os.walk(group, topdown=False):
            _wait_for(lambda: _removed(folder), f"cgroup {folder} stays busy")


def _removed(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def _wait_for(condition, otherwise):
    deadline = time.monotonic() + _STOP_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.05)


def _run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} exited with {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout
