"""scripts/lab hosts up|down|run|cut|plug|root|ready."""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from upstream import servers
from upstream.report import say

from . import kernel, network, root, variants
from .machine import Host

_ROOT = Path(__file__).resolve().parents[3]
_PROGRAMS = ("systemd-nspawn", "mmdebstrap", "mkfs.ext4", "xfs_io", "losetup", "nsenter", "ip", "rpm")
_MAX_HOSTS = 5


def main():
    options = _options()
    folder = options.dir.resolve()
    reason = _cannot_run(options)
    if reason:
        say(f"hosts are skipped: {reason}")
        return 125
    if options.action == "ready":
        return 0 if root.is_made() else 125
    if options.action == "root":
        root.image()
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    if options.action == "run":
        host = _host(_load(folder), options.host)
        if not host.is_on():
            raise RuntimeError(f"{host.name} is off")
        command = host.command(options.command)
        os.execvp(command[0], command)
    with _locked(folder):
        return {"up": _up, "down": _down, "cut": _cut, "plug": _plug}[options.action](folder, options)


def _options():
    parser = argparse.ArgumentParser(prog="scripts/lab hosts", description="The hosts of a site: systemd on a bridge without a way out.")
    actions = parser.add_subparsers(dest="action", required=True)
    up = actions.add_parser("up", help="make and boot hosts; boots again those that are off")
    up.add_argument("--count", type=int, choices=range(1, _MAX_HOSTS + 1), default=1)
    up.add_argument("--stick", type=Path, metavar="FOLDER", help="mounted read-only at /media/stick: the bundle")
    up.add_argument("--base", type=Path, metavar="FOLDER", help="RPMs that the rpmdb shall hold (state.json's base_rpms of upstream up)")
    up.add_argument("--only", action="append", default=[], metavar="HOST", help="of those that are off, boot this one (again for more)")
    up.add_argument("--replace", action="append", default=[], metavar="HOST", help="a bare one in its place; its disk is thrown away")
    up.add_argument("--no-gateway", action="store_true", help="no default route and an empty resolv.conf")
    up.add_argument("--with", dest="programs", action="append", default=[], choices=sorted(variants.PROGRAMS), help="runs there as well")
    up.add_argument("--swap", type=int, default=0, metavar="MIB", help="swap on a file, which comes back at each boot")
    up.add_argument("--cgroup", type=int, default=1, choices=(1, 2), help="which cgroups the hosts have")
    only_root = actions.add_parser("root", help="make the hosts' root, unless it is there")
    ready = actions.add_parser("ready", help="whether up would not have to make the hosts' root first: 0 or 125")
    run, cut, plug = actions.add_parser("run"), actions.add_parser("cut"), actions.add_parser("plug")
    down = actions.add_parser("down", help="end and remove everything that up made")
    for action in (run, plug):
        action.add_argument("host")
    cut.add_argument("hosts", nargs="+", metavar="host", help="several lose it in the same moment")
    plug.add_argument("link", choices=("up", "down"))
    for action in (up, only_root, ready, down, run, cut, plug):
        action.add_argument("--dir", type=Path, default=_ROOT / "build/lab-hosts")
    run.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def _cannot_run(options):
    if os.geteuid() != 0:
        return "they need root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [name for name in _PROGRAMS if not shutil.which(name, path=path)]
    return f"no {', '.join(lacking)}" if lacking and options.action != "down" else None


def _up(folder, options):
    started = time.monotonic()
    for given in (options.stick, options.base):
        if given and not given.is_dir():
            raise RuntimeError(f"no folder {given}")
    state = _load(folder) or _new_site(folder)
    _save(folder, state)
    base_rpms = sorted(options.base.resolve().glob("*.rpm")) if options.base else []
    image = variants.image(options.programs)
    for name in options.replace:
        _host(state, name).delete()
    for number in range(1, max(len(state["hosts"]), options.count) + 1):
        name = f"node{number}"
        if name in state["hosts"] and name not in options.replace:
            continue
        stick = str(options.stick.resolve()) if options.stick else ""
        host = Host(name, number, state["namespace"], str(folder / name), stick, cgroup=options.cgroup)
        host.make_disk(image)
        host.mount()
        state["hosts"][name] = host.state()
        _save(folder, state)
        host.configure(base_rpms, not options.no_gateway)
        if options.swap:
            variants.add_swap(host.root, options.swap)
    off = [host for host in _hosts(state).values() if not host.is_on() and (not options.only or host.name in options.only)]
    for host in off:
        if host.pid:
            host.stop()
        host.mount()
        host.boot()
        state["hosts"][host.name] = host.state()
        _save(folder, state)
    for host in off:
        host.wait()
        state["hosts"][host.name] = host.state()
        _save(folder, state)
    names = ", ".join(f"{host.name} {host.address}" for host in _hosts(state).values())
    say(f"{names}: up after {time.monotonic() - started:.1f} s; what they want from outside: {folder}/outside.log")
    return 0


def _new_site(folder):
    namespace = "lab-" + hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    network.delete(namespace)
    network.create(namespace)
    kernel.prepare()
    return {"namespace": namespace, "listener": network.listen(namespace, folder / "outside.log"), "hosts": {}}


def _down(folder, options):
    state = _load(folder)
    if not state:
        say(f"nothing to end: no {folder}/state.json")
        return 0
    for host in _hosts(state).values():
        host.delete()
    servers.stop("listener", state["listener"])
    network.delete(state["namespace"])
    kernel.put_back()
    for name in ("state.json", "outside.log", "outside.log.err"):
        (folder / name).unlink(missing_ok=True)
    return 0


def _cut(folder, options):
    state = _load(folder)
    hosts = [_host(state, name) for name in options.hosts]
    for host in hosts:
        host.stop_writing()
    for host in hosts:
        host.stop()
        state["hosts"][host.name] = host.state()
        _save(folder, state)
        say(f"{host.name} lost its power; `scripts/lab hosts up` boots what is left on its disk")
    return 0


def _plug(folder, options):
    network.set_link(_load(folder)["namespace"], _host(_load(folder), options.host).name, options.link)
    return 0


def _hosts(state):
    return {name: Host(**{key: value for key, value in host.items() if key != "address"}) for name, host in state["hosts"].items()}


def _host(state, name):
    hosts = _hosts(state) if state else {}
    if name not in hosts:
        raise RuntimeError(f"no host '{name}'; there are: {' '.join(hosts) or 'none'}")
    return hosts[name]


def _load(folder):
    path = folder / "state.json"
    return json.loads(path.read_text()) if path.exists() else None


def _save(folder, state):
    (folder / "state.json").write_text(json.dumps(state, indent=2, sort_keys=True) + "\n")


@contextmanager
def _locked(folder):
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
        say(f"error: {error}")
        sys.exit(1)
