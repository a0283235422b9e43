"""What the hosts change in the kernel that they share with the machine: put back when the last site goes."""

import fcntl
import json
import os
from contextlib import contextmanager
from pathlib import Path

from . import network

_SAVED = Path("/run/bundle-lab-sysctl.json")
# kubelet and kube-proxy set these.
_NAMES = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
          "kernel/keys/root_maxbytes", "fs/inotify/max_user_instances", "fs/inotify/max_user_watches", "fs/inotify/max_queued_events",
          "net/netfilter/nf_conntrack_max")
# kube-proxy writes this one unless it has the value already, and ends when it cannot: only the first network namespace may write it.
_CONNTRACK_MAX = "net/netfilter/nf_conntrack_max"
_CONNTRACK_PER_CPU, _CONNTRACK_LEAST = 32768, 131072


def prepare():
    """Saves the values, unless another site has; sets what a host cannot set."""
    with _locked():
        if not _SAVED.exists():
            values = {name: _path(name).read_text().strip() for name in _NAMES if _path(name).exists()}
            _SAVED.write_text(json.dumps(values))
        if _path(_CONNTRACK_MAX).exists():
            _path(_CONNTRACK_MAX).write_text(str(max(_CONNTRACK_LEAST, _CONNTRACK_PER_CPU * os.cpu_count())))


def put_back():
    """To be called when a site's namespace is gone."""
    with _locked():
        if _SAVED.exists() and not network.sites():
            for name, value in json.loads(_SAVED.read_text()).items():
                _path(name).write_text(value)
            _SAVED.unlink()


def _path(name):
    return Path("/proc/sys", name)


@contextmanager
def _locked():
    with open(f"{_SAVED}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
