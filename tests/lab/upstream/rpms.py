"""Makes the RPMs of a list and their repositories: rpmbuild, rpmsign, createrepo_c, gpg."""

import os
import shutil
import subprocess
from pathlib import Path

from . import debian
from .rpmlist import DEPENDENCIES
from .units import NoiseFile

# 2026-01-01: what every RPM says about its build, so that a rebuild has the same content.
_EPOCH_SECONDS = 1767225600
_CONFIGS = Path(__file__).resolve().parent.parent / "sets/cluster"
_ENV = {**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": str(_EPOCH_SECONDS)}
_MACROS = {
    "_buildhost": "lab",
    "use_source_date_epoch_as_buildtime": "Y",
    "clamp_mtime_to_source_date_epoch": "Y",
    "_build_id_links": "none",
    "debug_package": "%{nil}",
    "__os_install_post": "%{nil}",
    "_binary_payload": "w2.gzdio",
    "_build_name_fmt": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
}


def build(packages, out, work, programs):
    """Builds `packages` into the folder `out`, one file each, unsigned.

    `programs` maps the names in `Package.programs` to files, or to None for a stub that says so.
    rpmbuild runs once per batch: a spec holds a name once, and one arch beside noarch.
    """
    out.mkdir(parents=True, exist_ok=True)
    for number, batch in enumerate(_batches(packages)):
        folder = work / f"batch{number}"
        tree = folder / "tree"
        for package in batch:
            _fill(tree, package, programs)
        spec = folder / "batch.spec"
        spec.write_text(_spec(batch, tree))
        _rpmbuild(spec, folder, out, "i686" if batch[0].arch == "i686" else "x86_64")
        shutil.rmtree(folder)


def sign(paths, key):
    """Adds a header signature to each RPM."""
    with key.home() as home:
        command = ["rpmsign", "--addsign", "--define", "__gpg /usr/bin/gpg", "--define", f"_gpg_name {key.fingerprint}"]
        command += ["--define", f"_gpg_path {home}", "--define", "_gpg_digest_algo sha256"]
        _run(command + [str(path) for path in paths])


def index(folder, checksum="sha256"):
    """Writes `folder`/repodata as upstreams do today: gzip, no sqlite."""
    command = ["createrepo_c", "--quiet", "--no-database", "--general-compress-type=gz", "--checksum", checksum]
    command += ["--revision", str(_EPOCH_SECONDS), "--set-timestamp-to-revision", str(folder)]
    _run(command)


def write_repositories(repositories, www, work, key, programs):
    """Builds, signs and indexes every repository below `www`/HOST/PATH, and puts the key at its URL."""
    for repository in repositories:
        folder = web_path(www, repository.url)
        # pkgs.k8s.io keeps its RPMs in folders by arch, the others in Packages/.
        packages = folder / ("x86_64" if "pkgs.k8s.io" in repository.url else "Packages")
        build(repository.packages, packages, work / repository.id, programs)
        if repository.mode != "repo":
            sign(sorted(packages.iterdir()), key)
        # NVIDIA's metadata uses sha512 and has no signed packages.
        index(folder, "sha512" if repository.mode == "repo" else "sha256")
        if repository.mode != "header":
            key.sign_detached(folder / "repodata/repomd.xml")
        key_path = web_path(www, repository.key_url)
        key_path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(key.public, key_path)


def web_path(www, url):
    """Where nginx finds what upstream serves at `url` (https only)."""
    scheme, _, rest = url.partition("://")
    if scheme != "https":
        raise ValueError(f"not an https URL: {url}")
    return Path(www) / rest


def _batches(packages):
    batches = {}
    seen = {}
    for package in packages:
        arch = "i686" if package.arch == "i686" else "x86_64"
        seen[package.name, arch] = turn = seen.get((package.name, arch), -1) + 1
        batches.setdefault((turn, arch), []).append(package)
    return batches.values()


def _fill(tree, package, programs):
    _write(tree / _readme(package)[1:], f"{package.name} {package.version}: a stand-in made by the bundle lab.\n")
    for path in package.files:
        # The same text in every package that has this path: several may own it.
        _write(tree / path[1:], f"{path}\n")
    for path in package.folders:
        (tree / path[1:]).mkdir(parents=True, exist_ok=True)
    for path, name in package.programs.items():
        target = tree / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        if programs[name]:
            shutil.copyfile(programs[name], target)
        else:
            target.write_text(f"#!/bin/sh\necho '{name}: not available in this lab' >&2\nexit 1\n")
        target.chmod(0o755)
    for path, source in _copied(package).items():
        target = tree / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        # The same file comes with several packages: shared libraries.
        target.unlink(missing_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    for path, link in package.links.items():
        target = tree / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(link)
    if package.size:
        path = tree / _noise(package)[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(NoiseFile(package.nvra, package.size).read())


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755 if "bin/" in str(path) else 0o644)


def _copied(package):
    """{path in the package: file} of what comes from Debian and from sets/cluster."""
    found = {}
    for name, selections in package.debian:
        files = debian.files(debian.unpacked([name])[name], selections)
        if not files:
            raise ValueError(f"{package.name}: Debian's {name} has no {' '.join(selections)}")
        found |= files
    return found | {path: _CONFIGS / name for path, name in package.configs.items()}


def _readme(package):
    folder = package.name + (".i686" if package.arch == "i686" else "")
    return f"/usr/share/doc/{folder}/README"


def _noise(package):
    return f"/usr/lib/lab/{package.name}.{package.arch}.data"


def _spec(batch, tree):
    """One source package that owns nothing, and a binary package for each of `batch`."""
    parts = ["Name: lab\nVersion: 0\nRelease: 0\nSummary: lab\nLicense: CC0-1.0\nAutoReqProv: no\n%description\nlab\n"]
    parts += [_subpackage(package) for package in batch]
    parts.append(f"%install\nmkdir -p %{{buildroot}}\ncp -a '{tree}/.' %{{buildroot}}/\n")
    parts += [_files(package) for package in batch]
    return "\n".join(parts)


def _subpackage(package):
    lines = [f"%package -n {package.name}", f"Version: {package.version}", f"Release: {package.release}"]
    lines += [f"Epoch: {package.epoch}"] if package.epoch else []
    lines += ["BuildArch: noarch"] if package.arch == "noarch" else []
    lines += [f"Summary: Stand-in for {package.name}", "License: CC0-1.0", "AutoReqProv: no"]
    for key in DEPENDENCIES:
        lines += [f"{key.capitalize()}: {value}" for value in getattr(package, key)]
    if package.user:
        lines.append("Requires(pre): shadow-utils")
    lines += [f"%description -n {package.name}", f"A stand-in for {package.name}, made by the bundle lab.", ""]
    if package.user:
        lines += [f"%pre -n {package.name}", f"getent passwd {package.user} > /dev/null || useradd -r -s /sbin/nologin -d / {package.user}", ""]
    return "\n".join(lines)


def _files(package):
    paths = [_readme(package), *package.files, *package.programs, *package.links, *_copied(package)]
    paths += ([_noise(package)] if package.size else [])
    folders = [f"%dir {path}" for path in package.folders]
    lines = [f"%files -n {package.name}", "%defattr(-,root,root,-)"]
    lines += [f"%config(noreplace) {path}" if path in package.configs and path.startswith("/etc/") else path for path in dict.fromkeys(paths + folders)]
    return "\n".join([*lines, ""])


def _rpmbuild(spec, folder, out, arch):
    command = ["rpmbuild", "--quiet", "-bb", "--target", arch, "--define", f"_topdir {folder}"]
    command += ["--define", f"_rpmdir {out}", "--define", f"_tmppath {folder}"]
    for name, value in _MACROS.items():
        command += ["--define", f"{name} {value}"]
    _run(command + [str(spec)])


def _run(command):
    result = subprocess.run(command, env=_ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).splitlines()[-15:])
        raise RuntimeError(f"{command[0]} exited with {result.returncode}:\n{tail}")
