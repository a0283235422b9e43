"""scripts/lab upstream up|down."""

import argparse
import fcntl
import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from . import servers
from .cluster import Cluster
from .keys import SigningKey
from .quickstart import Quickstart
from .real import Real, upstream_folder
from .report import say

_ROOT = Path(__file__).resolve().parents[3]
_SETS = {"cluster": Cluster, "quickstart": Quickstart, "real": Real}


def main():
    options = _options()
    folder = options.dir.resolve()
    if options.action == "down" and not folder.is_dir():
        say(f"nothing to end: no {folder}")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        return _down(folder) if options.action == "down" else _up(folder, options.set, options.images)


def _options():
    parser = argparse.ArgumentParser(prog="scripts/lab upstream", description="The upstreams of the lab, on loopback.")
    actions = parser.add_subparsers(dest="action", required=True)
    up, down = actions.add_parser("up", help="generate and start"), actions.add_parser("down", help="end what up started")
    up.add_argument("--set", choices=sorted(_SETS), default="quickstart")
    up.add_argument("--images", type=Path, metavar="FILE", help="a further list of images, say with layers of some GiB")
    for action in (up, down):
        action.add_argument("--dir", type=Path, default=_ROOT / "build/lab")
    return parser.parse_args()


def _up(folder, set_name, image_list):
    started = time.monotonic()
    if set_name == "real" and not upstream_folder():
        say("set real is skipped: no real upstream data (../shared/upstream, or BUNDLE_SHARED)")
        return 125
    chosen = _SETS[set_name](SigningKey(folder / "keys"))
    content = folder / set_name
    content.mkdir(exist_ok=True)
    more_images = image_list.read_text() if image_list else ""
    registry_root, www_root = chosen.registry(content, more_images), chosen.www(content)
    chosen.versions(folder)
    wanted = {"set": set_name, "registry_root": str(registry_root), "www_root": str(www_root)}
    wanted["stamps"] = [Path(f"{root}.stamp").read_text() for root in (registry_root, www_root)]
    state = _state(folder)
    if not (state and _same(state, wanted) and all(map(servers.is_running, _servers(state).values()))):
        _down(folder)
        state = {**wanted, "registry": servers.start_registry(folder, registry_root)}
        _write_state(folder, state)
        state["nginx"] = servers.start_nginx(folder, www_root)
        _write_state(folder, state)
    _write_mirrors(folder, state)
    say(f"set {set_name} is up after {time.monotonic() - started:.1f} s: registry on 127.0.0.1:{state['registry']['port']}, "
        f"files on 127.0.0.1:{state['nginx']['port']}")
    say(f"mirrors.yml, versions.yml and state.json are in {folder}")
    return 0


def _down(folder):
    state = _state(folder)
    for name, server in _servers(state or {}).items():
        servers.stop(name, server)
    for name in ("state.json", "mirrors.yml"):
        (folder / name).unlink(missing_ok=True)
    return 0


def _servers(state):
    return {name: state[name] for name in ("registry", "nginx") if name in state}


def _same(state, wanted):
    return "nginx" in state and all(state.get(name) == value for name, value in wanted.items())


def _state(folder):
    path = folder / "state.json"
    return json.loads(path.read_text()) if path.exists() else None


def _write_state(folder, state):
    (folder / "state.json").write_text(json.dumps(state, indent=2, sort_keys=True) + "\n")


def _write_mirrors(folder, state):
    """design.md section 3: a registry host maps to a registry, an https prefix to a file server."""
    registry, nginx = (f"http://127.0.0.1:{state[name]['port']}" for name in ("registry", "nginx"))
    repositories = Path(state["registry_root"]) / "docker/registry/v2/repositories"
    lines = ["mirrors:"]
    lines += [f'  {host.name}: ["{registry}/{host.name}"]' for host in sorted(repositories.iterdir())]
    lines += [f'  "https://{host.name}": ["{nginx}/{host.name}"]' for host in sorted(Path(state["www_root"]).iterdir())]
    (folder / "mirrors.yml").write_text("\n".join(lines) + "\n")


@contextmanager
def _locked(folder):
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, ValueError, OSError) as error:
        say(f"error: {error}")
        sys.exit(1)
