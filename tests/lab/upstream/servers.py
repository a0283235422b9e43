"""docker-registry and nginx on free loopback ports; ended by their recorded pids, never by name."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .report import say

_READY_SECONDS = 30
_STOP_SECONDS = 10

_REGISTRY_CONF = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: false}}}}
storage:
  filesystem: {{rootdirectory: {root}}}
  delete: {{enabled: false}}
  maintenance: {{uploadpurging: {{enabled: false}}, readonly: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""

_NGINX_CONF = """\
daemon off;
{user}
worker_processes 2;
pid {run}/nginx.pid;
error_log {log}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
  access_log {log}/nginx-access.log;
  default_type application/octet-stream;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  sendfile on;
  server {{
    listen 127.0.0.1:{port};
    root {root};
  }}
}}
"""


def start_registry(folder, root):
    """Serves the storage tree `root`; returns {port, pid, conf}. Configuration and log go below `folder`."""

    def configure(port, run, log):
        conf = run / "registry.yml"
        conf.write_text(_REGISTRY_CONF.format(root=root, port=port))
        return conf, ["docker-registry", "serve", str(conf)], "/v2/"

    return _start("registry", folder, configure)


def start_nginx(folder, root):
    """Serves the files of `root`; returns {port, pid, conf}."""

    def configure(port, run, log):
        # As root, workers would become www-data and could not read a checkout below /root.
        user = "user root;" if os.geteuid() == 0 else ""
        conf = run / "nginx.conf"
        conf.write_text(_NGINX_CONF.format(root=root, port=port, run=run, log=log, user=user))
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin") or "nginx"
        return conf, [program, "-e", str(log / "nginx-error.log"), "-c", str(conf)], "/"

    return _start("nginx", folder, configure)


def stop(name, server):
    """Ends the recorded process if it is still ours; returns after it is gone."""
    pid = server["pid"]
    if not is_running(server):
        say(f"{name} (pid {pid}) was not running any more")
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(pid, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while is_running(server) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not is_running(server):
            say(f"{name} (pid {pid}) ended")
            return
    raise RuntimeError(f"{name} (pid {pid}) does not end")


def is_running(server):
    """Whether the recorded pid is alive and still the process that was started with our configuration."""
    try:
        command = Path(f"/proc/{server['pid']}/cmdline").read_bytes()
    except OSError:
        return False
    # A zombie has an empty command line. nginx's master shows its own title, with the options in it.
    return server["conf"].encode() in command


def _start(name, folder, configure):
    run, log = folder / "run", folder / "log"
    for path in (run, log):
        path.mkdir(parents=True, exist_ok=True)
    for _ in range(5):  # somebody else may take the port between our look and the server's bind
        port = _free_port()
        conf, command, probe = configure(port, run, log)
        with open(log / f"{name}.log", "ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/"
            )
        if _answers(process, f"http://127.0.0.1:{port}{probe}"):
            return {"port": port, "pid": process.pid, "conf": str(conf)}
        process.kill()
        process.wait()
    raise RuntimeError(f"{name} does not start; see {log}")


def _answers(process, url):
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
                return process.poll() is None
        except urllib.error.HTTPError:
            return process.poll() is None  # an answer, whatever it says
        except OSError:
            time.sleep(0.05)
    return False


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
