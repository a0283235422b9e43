"""The cluster set: what a one-node cluster of real Kubernetes needs, with real programs in RPMs and images."""

import subprocess
import tarfile
from pathlib import Path

from . import charts, debian, images, programs, rpmlist, rpms
from .content import digest_of, kept
from .registry import RegistryTree

LAB = Path(__file__).resolve().parent.parent
_CODE = LAB / "upstream"
_SETS = LAB / "sets"
_BUILD = LAB / "kubernetes/build"
_UNITS = ("kubernetes", "etcd", "coredns", "flannel", "flannel-cni", "containerd-1.7", "pause")
_OPTIONAL_UNITS = ("containerd-2.1",)
# Nothing in the cluster calls crictl, but component kubernetes names its package: a stub that says so. No module of it that the module
# proxy serves is in the checksum database.
_STUBS = {"crictl": None}
# What a bare host lacks of the two distribution repositories; all else there is the declared base.
_NOT_IN_BASE = {
    "chrony", "conntrack-tools", "container-selinux", "coreutils-single", "ethtool", "haproxy", "iproute-tc", "ipset", "ipset-libs",
    "iptables-nft", "ipvsadm", "keepalived", "libnetfilter_cthelper", "libnetfilter_cttimeout", "libnetfilter_queue", "nfs-utils",
    "podman", "runc", "socat", "tcpdump", "timedatex",
}  # fmt: skip


class Cluster:
    name = "cluster"

    def __init__(self, key):
        self._key = key
        self._programs = _STUBS | _built(_UNITS) | _optional()
        self._helm = programs.helm()

    def registry(self, folder, more_images):
        """The docker-registry storage tree."""
        image_list = _SETS / "cluster.images"
        code = [_CODE / name for name in ("cluster.py", "debian.py", "images.py", "registry.py", "units.py")]

        def make(partial):
            parsed = images.parse(image_list.read_text() + more_images, image_list.name)
            images.write(RegistryTree(partial), *parsed, self._members)

        return kept(folder / "registry", digest_of(image_list, more_images, *code, *self._facts()), make)

    def www(self, folder):
        """What nginx serves: HOST/PATH of every https URL."""
        lists = [_SETS / "quickstart.rpms", _SETS / "cluster.rpms", _SETS / "cluster"]
        code = [_CODE / name for name in ("charts.py", "cluster.py", "debian.py", "keys.py", "rpmlist.py", "rpms.py", "units.py")]

        def make(partial):
            rpms.write_repositories(self._repositories(), partial, folder / "work", self._key, self._programs)
            chart = charts.pack(LAB / "charts/hello-page")
            charts.write_repository(partial, "https://charts.example.com/stable", dict([chart]))
            charts.write_helm(partial, self._helm)

        return kept(folder / "www", digest_of(LAB / "charts/hello-page", *lists, *code, self._key.fingerprint, self._helm.version, *self._facts()), make)

    def versions(self, folder):
        """versions.yml for this content; base.nevra and base/: what a bare host has, as a list and as RPMs for its rpmdb."""
        text = (_SETS / "cluster.versions.yml").read_text()
        (folder / "versions.yml").write_text(text.replace("@HELM@", self._helm.version).replace("@KEY@", self._key.fingerprint))
        base = self._base()
        (folder / "base.nevra").write_text("".join(f"{package.nevra}\n" for _, package in base))
        rpm_folder = folder / "base"
        rpm_folder.mkdir(exist_ok=True)
        for old in rpm_folder.iterdir():
            old.unlink()
        for repository, package in base:
            packages = rpms.web_path(folder / "cluster/www", repository.url) / "Packages"
            (rpm_folder / f"{package.nvra}.rpm").symlink_to(packages / f"{package.nvra}.rpm")

    def _repositories(self):
        """Those of the quickstart, with the packages of cluster.rpms instead of theirs of the same name and version."""
        repositories = rpmlist.parse((_SETS / "quickstart.rpms").read_text(), "quickstart.rpms")
        for real in rpmlist.parse((_SETS / "cluster.rpms").read_text(), "cluster.rpms"):
            repository = next(repository for repository in repositories if repository.id == real.id)
            replaced = {package.nevra for package in real.packages}
            kept_packages = [package for package in repository.packages if package.nevra not in replaced]
            usable = [package for package in real.packages if all(name in self._programs for name in package.programs.values())]
            repository.packages = kept_packages + usable
        return repositories

    def _base(self):
        """(repository, package) of the declared base, the first of each name."""
        found = {}
        for repository in self._repositories():
            if repository.id in ("baseos", "appstream"):
                for package in repository.packages:
                    if package.name not in _NOT_IN_BASE and package.arch != "i686":
                        found.setdefault(package.name, (repository, package))
        return [found[name] for name in sorted(found)]

    def _members(self, words):
        """The members of a real layer: sets/cluster.images says what the words mean."""
        found = {}
        for word in words:
            path, _, source = word.partition("=")
            found |= self._files(path, source)
        return [_member(path, source) for path, source in sorted(found.items())]

    def _files(self, path, source):
        if source.startswith("debian:"):
            package = source.partition(":")[2]
            return debian.files(debian.unpacked([package])[package])
        return {path: source if source.startswith(("->", "dir:")) else self._programs[source]}

    def _facts(self):
        return [f"{name} {path}" for name, path in sorted(self._programs.items())]


def _built(units, *options):
    """{program: path}; RuntimeError when a unit is not there and cannot be built."""
    result = subprocess.run([_BUILD, *options, *units], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"tests/lab/kubernetes/build exited with {result.returncode}")
    return {name: Path(path) for name, path in (line.split() for line in result.stdout.splitlines())}


def _optional():
    """Programs that a cluster can do without, when they are there already. Without containerd 2.1 its RPM is left out."""
    found = {}
    for unit in _OPTIONAL_UNITS:
        try:
            found |= _built([unit], "--cached")
        except RuntimeError:
            pass
    return found


def _member(path, source):
    """`source`: a file, a symlink, `->TARGET` or `dir:MODE`."""
    member = tarfile.TarInfo(path.lstrip("/"))
    member.mode = 0o755
    if isinstance(source, str) and source.startswith("dir:"):
        member.type, member.mode = tarfile.DIRTYPE, int(source[4:], 8)
    elif isinstance(source, str) or source.is_symlink():
        member.type, member.mode = tarfile.SYMTYPE, 0o777
        member.linkname = source[2:] if isinstance(source, str) else str(source.readlink())
    else:
        member.mode, member.size = source.stat().st_mode & 0o7777, source.stat().st_size
        return member, source
    return member, None
