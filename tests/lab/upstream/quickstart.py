"""The quickstart set: everything generated, from the lists in tests/lab/sets."""

import hashlib
from pathlib import Path

from . import charts, images, programs, rpmlist, rpms
from .content import digest_of, kept
from .registry import RegistryTree
from .units import NoiseFile, size_bytes

LAB = Path(__file__).resolve().parent.parent
_CODE = LAB / "upstream"
_MODEL_URL = "https://files.example.com/models/demo.gguf"
_MODEL_SIZE = size_bytes("30MiB")


class Quickstart:
    name = "quickstart"

    def __init__(self, key):
        self._key = key
        self._kubeadm = programs.kubeadm_in_background()
        self._helm = programs.helm()

    def registry(self, folder, more_images):
        """The docker-registry storage tree; `more_images`: text of a further list."""
        image_list = LAB / "sets/quickstart.images"
        code = [_CODE / name for name in ("images.py", "registry.py", "units.py")]

        def make(partial):
            images.write(RegistryTree(partial), *images.parse(image_list.read_text() + more_images, "list of images"))

        return kept(folder / "registry", digest_of(image_list, more_images, *code), make)

    def www(self, folder):
        """What nginx serves: HOST/PATH of every https URL."""
        real = {"kubeadm": self._kubeadm.result(), "kubectl": programs.kubectl()}
        rpm_list = LAB / "sets/quickstart.rpms"
        code = [_CODE / name for name in ("charts.py", "keys.py", "quickstart.py", "rpmlist.py", "rpms.py", "units.py")]
        facts = [self._key.fingerprint, self._helm.version, *(f"{name} {path}" for name, path in real.items())]

        def make(partial):
            repositories = rpmlist.parse(rpm_list.read_text(), rpm_list.name)
            rpms.write_repositories(repositories, partial, folder / "work", self._key, real)
            packed = dict(charts.pack(chart) for chart in sorted((LAB / "charts").iterdir()))
            charts.write_repository(partial, "https://charts.example.com/stable", packed)
            charts.write_helm(partial, self._helm)
            model = rpms.web_path(partial, _MODEL_URL)
            model.parent.mkdir(parents=True)
            model.write_bytes(_model())

        return kept(folder / "www", digest_of(rpm_list, LAB / "charts", *code, *facts), make)

    def versions(self, folder):
        """versions.yml for this content."""
        text = (LAB / "sets/quickstart.versions.yml").read_text()
        model = _model()
        for placeholder, value in {
            "@HELM@": self._helm.version,
            "@KEY@": self._key.fingerprint,
            "@MODEL_SHA256@": hashlib.sha256(model).hexdigest(),
            "@MODEL_SIZE@": str(len(model)),
        }.items():
            text = text.replace(placeholder, value)
        (folder / "versions.yml").write_text(text)


def _model():
    return NoiseFile("demo.gguf", _MODEL_SIZE).read()
