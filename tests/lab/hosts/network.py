"""The site's network: a bridge in a namespace that has no way out, and a listener on it.

The bridge is the hosts' gateway and name server, so that attempts to get out arrive there, are written down and refused at once.
"""

import subprocess
import sys
from pathlib import Path

GATEWAY = "10.99.0.1"
PREFIX = "10.99.0"
BRIDGE = "br-lab"
# Its own: a bridge otherwise takes the least address of its ports, and changes it with them.
_BRIDGE_MAC = "02:00:0a:63:00:01"


def create(namespace):
    _run("ip", "netns", "add", namespace)
    for command in (
        f"link add {BRIDGE} address {_BRIDGE_MAC} type bridge",
        f"address add {GATEWAY}/24 dev {BRIDGE}",
        "link set lo up",
        f"link set {BRIDGE} up",
        "route add unreachable default",
    ):
        _run("ip", "-n", namespace, *command.split())
    # Forwarding, so that the kernel answers with "network unreachable" instead of silence.
    _run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1")


def delete(namespace):
    if namespace in _run("ip", "netns", "list").split():
        _run("ip", "netns", "delete", namespace)


def sites():
    """The namespaces of all sites on this machine."""
    return [name for name in _run("ip", "netns", "list").split() if name.startswith("lab-")]


def listen(namespace, log):
    """Starts the listener; returns its {pid, conf} as upstream.servers.stop wants it."""
    program = Path(__file__).with_name("listener.py")
    command = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, str(program), GATEWAY, BRIDGE, str(log)]
    with open(f"{log}.err", "w") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, text=True
        )
    if process.stdout.readline().strip() != "listening":
        raise RuntimeError("the listener on the bridge does not start")
    return {"pid": process.pid, "conf": str(log)}


def set_link(namespace, host, state):
    """`state`: up or down, as if the cable of `host` were plugged in or out."""
    _run("ip", "-n", namespace, "link", "set", f"vb-{host}", state)


def remove_link(namespace, host):
    """The cable of a host that is off. Its own network goes some time after it, and until then the next boot could not make it."""
    subprocess.run(["ip", "-n", namespace, "link", "delete", f"vb-{host}"], capture_output=True, check=False)


def _run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited with {result.returncode}: {result.stderr.strip()}")
    return result.stdout
