"""The real set: real charts, manifests and EL metadata under their own URLs; images and RPMs under true names."""

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import charts, closure, images, primary, programs, rpmlist, rpms
from .content import digest_of, kept
from .registry import RegistryTree
from .report import say

LAB = Path(__file__).resolve().parent.parent
_CODE = LAB / "upstream"
_SETS = LAB / "sets"
_STREAM = "https://mirror.stream.centos.org/9-stream"
_CENTOS_KEY = "https://www.centos.org/keys/RPM-GPG-KEY-CentOS-Official"
_METADATA = {"baseos": ("baseos-20220207", f"{_STREAM}/BaseOS/x86_64/os"),
             "appstream": ("appstream-20250113", f"{_STREAM}/AppStream/x86_64/os")}
_BASE_LIST = "rpm/base/c9s-20220208-qcow2-baseos-only.nevra"
_GPU_VALUES = "charts/values/gpu-operator-v25.10.1--hostdriver.yaml"


def upstream_folder():
    """The folder with the real upstream data, or None."""
    shared = Path(os.environ.get("BUNDLE_SHARED") or LAB.parents[2] / "shared")
    return shared / "upstream" if (shared / "upstream").is_dir() else None


class Real:
    name = "real"

    def __init__(self, key):
        self._upstream = upstream_folder()
        self._key = key
        self._kubeadm = programs.kubeadm_in_background()
        self._helm = programs.helm()

    def registry(self, folder, more_images):
        """The docker-registry storage tree: the images of the truth lists beside those of Kubernetes."""
        code = [_CODE / name for name in ("images.py", "real.py", "registry.py", "units.py")]
        inputs = [self._upstream / "truth", _SETS / "quickstart.images", *code]

        def make(partial):
            text = _kubernetes_images() + _truth_images(self._upstream / "truth") + more_images
            images.write(RegistryTree(partial), *images.parse(text, "list of images"))

        return kept(folder / "registry", digest_of(more_images, *inputs), make)

    def www(self, folder):
        """What nginx serves: HOST/PATH of every https URL."""
        real = {"kubeadm": self._kubeadm.result(), "kubectl": programs.kubectl()}
        inputs = [self._upstream / name for name in ("charts", "manifests", "rpm/c9s", _BASE_LIST)]
        inputs += [_SETS, *(path for path in _CODE.glob("*.py") if path.name not in ("__main__.py", "servers.py"))]
        facts = [self._key.fingerprint, self._helm.version, *(f"{name} {path}" for name, path in real.items())]

        def make(partial):
            work = folder / "work"
            self._write_charts(partial)
            charts.write_helm(partial, self._helm)
            made = _small_repositories()
            rpms.write_repositories(made, partial, work, self._key, real)
            RealMetadata(self._upstream, partial, work, self._key).write(made)
            shutil.rmtree(work, ignore_errors=True)

        return kept(folder / "www", digest_of(*inputs, *facts), make)

    def versions(self, folder):
        """versions.yml for this content, with the values and the base list that it names beside it."""
        text = (_SETS / "real.versions.yml").read_text()
        text = text.replace("@HELM@", self._helm.version).replace("@KEY@", self._key.fingerprint)
        (folder / "versions.yml").write_text(text)
        shutil.copyfile(self._upstream / _GPU_VALUES, folder / "gpu-operator-values.yaml")
        shutil.copyfile(self._upstream / _BASE_LIST, folder / "base.nevra")

    def _write_charts(self, www):
        """sets/real.urls says which file is served where; a chart's URL is its repository."""
        repositories = {}
        for line in (_SETS / "real.urls").read_text().splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            source, url = self._upstream / words[0], words[1]
            if source.suffix == ".tgz":
                repositories.setdefault(url, {})[source.name] = source.read_bytes()
            else:
                charts.copy_file(www, url, source)
        for url, archives in repositories.items():
            charts.write_repository(www, url, archives)


class RealMetadata:
    """BaseOS and AppStream of CentOS Stream 9 with a signed stub for every package that the set can need."""

    def __init__(self, upstream, www, work, key):
        self._upstream, self._www, self._work, self._key = upstream, www, work, key
        self._metadata = {
            identifier: primary.Metadata(upstream / "rpm/c9s" / folder) for identifier, (folder, _) in _METADATA.items()
        }

    def write(self, made):
        """`made`: the lab's own repositories, already below www."""
        base_nevras = _read_nevras(self._upstream / _BASE_LIST)
        requests = (_SETS / "real.requests").read_text().split()
        repositories = {identifier: metadata.folder.as_uri() for identifier, metadata in self._metadata.items()}
        repositories |= {repository.id: rpms.web_path(self._www, repository.url).as_uri() for repository in made}
        on_nothing = closure.close_over(repositories, requests)
        stubs = self._work / "stubs"
        packages = self._build(stubs, on_nothing | base_nevras)
        root = _install_base(self._work / "root", [stubs / f"{p.nvra}.rpm" for p in packages if p.nevra in base_nevras])
        on_base = closure.close_over(repositories, requests, root)
        self._build(stubs, on_base - on_nothing - base_nevras)
        say(f"real metadata: {len(on_nothing)} packages on nothing, {len(on_base)} on the base of {len(base_nevras)}")
        rpms.sign(sorted(stubs.glob("*.rpm")), self._key)
        rpms.index(stubs)
        facts = primary.elements_of(stubs)
        for identifier, metadata in self._metadata.items():
            self._write_one(metadata, rpms.web_path(self._www, _METADATA[identifier][1]), stubs, facts)
        charts.copy_file(self._www, _CENTOS_KEY, self._key.public)

    def _build(self, stubs, nevras):
        elements = [m.elements[nevra] for m in self._metadata.values() for nevra in sorted(nevras) if nevra in m.elements]
        packages = primary.packages_of(elements)
        rpms.build(packages, stubs, self._work, {})
        return packages

    def _write_one(self, metadata, folder, stubs, facts):
        mine = {nevra: facts[nevra] for nevra in metadata.elements if nevra in facts}
        metadata.write(folder, mine)
        self._key.sign_detached(folder / "repodata/repomd.xml")
        for nevra in mine:
            href = re.search(r'<location href="([^"]+)"', metadata.elements[nevra])[1]
            target = folder / href
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stubs / target.name, target)


def _install_base(root, paths):
    """An rpmdb that holds the base: what a host of that kind would tell dnf."""
    root.mkdir(parents=True)
    command = ["rpm", "--root", str(root), "-i", "--justdb", "--nodeps", "--ignorearch", "--nosignature"]
    result = subprocess.run(command + list(map(str, paths)), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"rpm --justdb exited with {result.returncode}:\n{result.stderr[-2000:]}")
    return root


def _small_repositories():
    """The vendors' repositories as in the quickstart, and what the two real ones lack."""
    vendors = rpmlist.parse((_SETS / "quickstart.rpms").read_text(), "quickstart.rpms")
    extras = rpmlist.parse((_SETS / "real.rpms").read_text(), "real.rpms")
    return [repository for repository in vendors if repository.id not in _METADATA] + extras


def _kubernetes_images():
    """The quickstart's layers, its images of Kubernetes, and those of smoke tests."""
    lines = (_SETS / "quickstart.images").read_text().splitlines()
    wanted = ("layer ", "image registry.k8s.io/", "image docker.io/library/busybox:", "image nvcr.io/nvidia/k8s/cuda-sample:")
    return "\n".join(line for line in lines if line.startswith(wanted)) + "\n"


def _truth_images(truth):
    """A list with a small image for each reference that a truth list requires, in all formats by turns."""
    references = set()
    for path in truth.glob("*.images.tsv"):
        with open(path, newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            references |= {row["image"] for row in rows if row["class"] != "optional"}
    lines = []
    for number, reference in enumerate(sorted(references)):
        layer = f"real-{number:02d}"
        lines.append(f"layer {layer} {100 + 37 * number}KiB")
        form = images.FORMATS[number % len(images.FORMATS)]
        lines.append(f"image {reference} amd64,arm64 {form} {'debian' if number % 3 else 'alpine'} {layer}")
    return "\n".join(lines) + "\n"


def _read_nevras(path):
    return set(path.read_text().split())
