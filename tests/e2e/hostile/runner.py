"""Runs one case in a folder, home and cache of its own, and holds it to what is true of every case."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import content

SECRETS = ("docker-s3cret", "netrc-s3cret", "proxy-s3cret", "shown-s3cret")
HOSTS = ("reg.example", "rpms.example", "charts.example", "get.example", "files.example", "other.example")
_MEASURE = Path(__file__).resolve().parent / "measure.py"
_MORE_MEMORY_KIB = 150 << 10
_TIMEOUT_SECONDS = 120


@dataclass
class Case:
    """`wants`: image, rpm:REPOSITORY[:MODE], chart, helm, file. `spoil`: what the server does instead (server.py).
    `before(run)` prepares, `after(run)` looks closer. `says` has to be on stderr. `command(run)` gives the arguments of
    a verb that is neither lock nor build; `interrupted` sends it a Ctrl-C as soon as the server was asked."""

    name: str
    wants: tuple
    exit: int
    says: tuple = ()
    spoil: dict = field(default_factory=dict)
    verb: str = "lock"
    options: tuple = ()
    command: object = None
    interrupted: bool = False
    before: object = None
    after: object = None
    leaves_partial: bool = False
    may_see_login: tuple = ()  # names beyond the mirror's own host: none but what a case explains


class World:
    """What all cases share."""

    def __init__(self, bundle, server, folder, image, rpms, authority):
        self.bundle, self.server, self.folder = bundle, server, folder
        self.image, self.rpms, self.authority = image, rpms, authority
        self.usual_kib = 0
        self.mirror = f"http://127.0.0.1:{server.port}"
        self.other = f"http://localhost:{server.port}"


class Run:
    """One case's folder, and what its last command did."""

    def __init__(self, world, case):
        self.world, self.case = world, case
        self.folder = world.folder / "cases" / case.name
        self.out, self.partial = self.folder / "bundle", self.folder / "bundle.partial"
        self.versions, self.lock = self.folder / "versions.yml", self.folder / "versions.lock.json"
        self.status, self.stdout, self.stderr, self.peak_kib = None, "", "", 0
        (self.folder / "home/.docker").mkdir(parents=True)
        self.versions.write_text(self._versions())
        self._write_mirrors()
        self._write_logins()

    def bundle(self, *arguments):
        command = [self.world.bundle, *map(str, arguments)]
        with open(self.folder / "stdout", "wb") as out, open(self.folder / "stderr", "wb") as err:
            measured = [sys.executable, "-S", "-E", str(_MEASURE), "measured", *command]
            process = subprocess.Popen(
                measured, cwd=self.folder, env=self._environment(), stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True
            )
            if self.case.interrupted:
                self._interrupt(process)
            _wait(process)
        self.status, self.peak_kib = map(int, (self.folder / "measured").read_text().split())
        self.stdout = (self.folder / "stdout").read_text(errors="replace")
        self.stderr = (self.folder / "stderr").read_text(errors="replace")

    def start(self, verb, *options):
        """lock or build of this case, through the mirrors; or what the case has as its command."""
        if self.case.command:
            return self.bundle(*self.case.command(self))
        out = ["--out", self.out] if verb == "build" else []
        self.bundle(verb, self.versions, "--mirrors", self.folder / "mirrors.yml", *out, *options)

    def _interrupt(self, process):
        """Ctrl-C as a terminal sends it: to all that run in front."""
        until = time.monotonic() + _TIMEOUT_SECONDS
        while not self.requests():
            require(process.poll() is None and time.monotonic() < until, "it ended, and never asked the server")
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)

    def honest(self, verb, *options):
        """The same with an honest upstream; has to succeed."""
        self.world.server.spoil(self.case.name, {})
        self.start(verb, *options)
        require(self.status == 0, f"an honest {verb} ended with exit code {self.status}: {self.stderr}")

    def edit_lock(self, change):
        """Locks honestly, and changes the lock."""
        self.honest("lock")
        lock = json.loads(self.lock.read_text())
        change(lock)
        self.lock.write_text(json.dumps(lock))

    def requests(self):
        return self.world.server.requests(self.case.name)

    def _environment(self):
        proxy = f"http://{self.case.name}:{SECRETS[2]}@127.0.0.1:{self.world.server.port}"
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "BUNDLE_DATA": str(self.world.folder / "data"),
            "SSL_CERT_FILE": str(self.world.authority),
            "https_proxy": proxy,
            "no_proxy": "127.0.0.1,localhost",
        }

    def _versions(self):
        lines = ["bundle: hostile", "version: 1.0.0", "target: {os: lab-9, base: none}"]
        rows = {word: rest for word, _, rest in (want.partition(":") for want in self.case.wants)}
        if "chart" in rows or "helm" in rows:
            lines.append("components: {kubernetes: v1.34.3, helm: v3.18.0}")
        if "chart" in rows:
            lines.append(f'charts: [{{repo: "https://{content.CHARTS}", name: app, version: 1.0.0, namespace: app}}]')
        if "image" in rows:
            lines.append("images: [reg.example/lab/app:1]")
        if "file" in rows:
            model = self.world.server.content[content.FILE]
            entry = f'url: "https://{content.FILE}", sha256: {content.sha256(model)}, size: {len(model)}, path: model.bin'
            lines.append(f"files: [{{{entry}}}]")
        if "rpm" in rows:
            name, _, mode = rows["rpm"].partition(":")
            key = "expired" if name == "expired" else "key"
            fingerprint = (self.world.rpms.expired if name == "expired" else self.world.rpms.key).fingerprint
            keys = f'[{{url: "https://rpms.example/{key}.asc", fingerprint: {fingerprint}}}]'
            row = f'id: lab, url: "https://rpms.example/{name}", signed: {mode or "header"}, gpgkey: {keys}'
            lines += ["rpms: [plain]", f"repositories: [{{{row}}}]"]
        return "\n".join(lines) + "\n"

    def _write_mirrors(self):
        lines = ["mirrors:"]
        for host in HOSTS:
            key = host if host == "reg.example" else f'"https://{host}"'
            lines.append(f'  {key}: ["{self.world.mirror}/{self.case.name}/{host}"]')
        (self.folder / "mirrors.yml").write_text("\n".join(lines) + "\n")

    def _write_logins(self):
        """Logins for the mirror's host alone: no other host may ever see them."""
        word = base64.b64encode(f"me:{SECRETS[0]}".encode()).decode()
        config = {"auths": {f"127.0.0.1:{self.world.server.port}": {"auth": word}}}
        (self.folder / "home/.docker/config.json").write_text(json.dumps(config))
        netrc = self.folder / "home/.netrc"
        netrc.write_text(f"machine 127.0.0.1 login me password {SECRETS[1]}\n")
        netrc.chmod(0o600)


class Failed(Exception):
    pass


def require(holds, message):
    if not holds:
        raise Failed(message)


def run_case(world, case):
    """Returns the run; raises Failed when something is not as it has to be."""
    run = Run(world, case)
    world.server.spoil(case.name, {})
    if case.before:
        case.before(run)
    lock_before = run.lock.read_bytes() if run.lock.exists() else None
    spoil = case.spoil(run) if callable(case.spoil) else case.spoil
    world.server.spoil(case.name, spoil)
    run.start(case.verb, *case.options)
    _check(run, case, lock_before)
    if case.after:
        case.after(run)
    return run


def _check(run, case, lock_before):
    said = f"it said:\n{run.stderr}"
    require(run.status == case.exit, f"exit code {run.status}, expected {case.exit}; {said}")
    require(case.exit == 0 or not case.command or not run.stdout, f"it printed {run.stdout[:200]!r} as if all were well; {said}")
    for text in case.says:
        require(text in run.stderr, f"'{text}' is not in its words; {said}")
    for text in SECRETS + tuple(base64.b64encode(f"me:{word}".encode()).decode() for word in SECRETS):
        require(text not in run.stdout + run.stderr, f"it prints a secret; {said}")
    _check_logins(run, case)
    if run.world.usual_kib:
        limit = run.world.usual_kib + _MORE_MEMORY_KIB
        require(run.peak_kib < limit, f"it took {run.peak_kib} KiB, allowed are {limit}; {said}")
    _check_leftovers(run, case, lock_before)


def _check_logins(run, case):
    for request in run.requests():
        name = f"{request['way']} {request['name']}"
        has_login = any(key in request["headers"] for key in ("authorization", "proxy-authorization", "cookie"))
        is_allowed = request["way"] == "mirror" or name in case.may_see_login
        require(is_allowed or not has_login, f"a login was sent to {name}: {request['headers']}")


def _check_leftovers(run, case, lock_before):
    expected = {"home", "versions.yml", "mirrors.yml", "stdout", "stderr", "measured", "cache"}
    if case.exit == 0 or lock_before is not None or case.verb == "build":
        expected.add("versions.lock.json")
    if case.exit == 0 and case.verb == "build":
        expected.add("bundle")
    if case.leaves_partial:
        expected.add("bundle.partial")
        require(run.partial.exists(), "there is no DIR.partial to go on with")
    extra = {path.name for path in run.folder.iterdir()} - expected - set(getattr(run, "own_files", ()))
    require(not extra, f"it left {sorted(extra)}")
    if lock_before is not None:
        require(run.lock.read_bytes() == lock_before, "it changed the lock")
    work = run.folder / "cache/bundle/work"
    require(not work.exists() or not any(work.iterdir()), f"it left {work}")
    # os.walk, since other cases' folders come and go meanwhile.
    escaped = [name for _, folders, files in os.walk(run.world.folder) for name in folders + files if name.startswith("escaped")]
    require(not escaped, f"it wrote outside of its folders: {escaped}")


def _wait(process):
    try:
        process.wait(_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise Failed(f"it did not end in {_TIMEOUT_SECONDS} s") from None
