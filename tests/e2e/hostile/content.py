"""The honest content behind the hostile upstream: an image, RPM repositories, a chart, a program, a file."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/lab"))

from upstream import keys, rpmlist, rpms  # noqa: E402
from upstream.units import NoiseFile  # noqa: E402

OCI = "application/vnd.oci.image."
REPOSITORY = "reg.example/v2/lab/app"
CHARTS = "charts.example/stable"
HELM = "get.example/helm-v3.18.0-linux-amd64.tar.gz"
FILE = "files.example/model.bin"
RPM = "plain-1.0-1.noarch.rpm"
PLAIN_LOCATION = f"Packages/{RPM}"
_HELM_PROGRAM = b"#!/bin/sh\necho 'apiVersion: v1'\n"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest(data):
    return "sha256:" + sha256(data)


def noise(name, size):
    return NoiseFile(name, size).read()


# ---- image


class Image:
    """reg.example/lab/app:1: an index of two platforms; `blobs` and `documents` of the amd64 one."""

    def __init__(self):
        self.layer = noise("layer", 3 << 20)
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(self.layer)]}}
        self.config = json.dumps(config).encode()
        self.manifest = self.make_manifest(digest(self.layer), len(self.layer))
        self.index = make_index([(self.manifest, "amd64"), (b"{}", "arm64")])

    def make_manifest(self, layer_digest, layer_size):
        row = {"mediaType": OCI + "layer.v1.tar+gzip", "digest": layer_digest, "size": layer_size}
        config = {"mediaType": OCI + "config.v1+json", "digest": digest(self.config), "size": len(self.config)}
        document = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": [row]}
        return json.dumps(document).encode()

    def content(self):
        blobs = {f"{REPOSITORY}/blobs/{digest(data)}": data for data in (self.layer, self.config)}
        documents = {f"{REPOSITORY}/manifests/{digest(data)}": data for data in (self.manifest, self.index)}
        return {**blobs, **documents, f"{REPOSITORY}/manifests/1": self.index}

    def layer_at(self):
        return f"{REPOSITORY}/blobs/{digest(self.layer)}"

    def manifest_at(self):
        return f"{REPOSITORY}/manifests/{digest(self.manifest)}"


def make_index(rows):
    """`rows`: (document, architecture)."""
    manifests = [
        {"mediaType": _type_of(data), "digest": digest(data), "size": len(data), "platform": {"os": "linux", "architecture": arch}}
        for data, arch in rows
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests}).encode()


def _type_of(data):
    return json.loads(data).get("mediaType", OCI + "manifest.v1+json")


# ---- charts and programs


def tar_gz(members):
    """`members`: (name, bytes), or a TarInfo with its bytes, of which there may be fewer than it claims."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member, data in members:
            if isinstance(member, str):
                name, member = member, tarfile.TarInfo(member)
                member.size, member.mode = len(data), 0o755 if name.endswith("helm") else 0o644
            tar.fileobj.write(member.tobuf(tarfile.GNU_FORMAT))
            tar.fileobj.write(data + b"\0" * (-len(data) % 512))
    return gzip.compress(out.getvalue(), compresslevel=1, mtime=0)


def chart(*more):
    """A chart with further members."""
    about = b"apiVersion: v2\nname: app\nversion: 1.0.0\n"
    template = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    return tar_gz([("app/Chart.yaml", about), ("app/templates/x.yaml", template), *more])


def chart_index(data=None, url="app-1.0.0.tgz"):
    """index.yaml; with a digest when `data` is given."""
    lines = ["apiVersion: v1", "entries:", "  app:", "  - name: app", "    version: 1.0.0", f"    urls: ['{url}']"]
    lines += [f"    digest: {sha256(data)}"] if data is not None else []
    return ("\n".join(lines) + "\n").encode()


def helm_archive():
    return tar_gz([("linux-amd64/helm", _HELM_PROGRAM)])


# ---- RPMs


class Rpms:
    """One package, signed in several ways, each in a repository rpms.example/NAME; and what follows from them."""

    def __init__(self, folder):
        self.folder = folder
        self.key = keys.SigningKey(folder / "key")
        self.other_key = keys.SigningKey(folder / "other-key")
        self.expired = _ExpiredKey(folder / "expired-key")
        package = rpmlist.parse("repo x https://x header https://x\npkg plain 1.0-1 noarch\n  size 64KiB\n", "here")[0].packages[0]
        rpms.build([package], folder / "built", folder / "work", {})
        self.unsigned = folder / "built" / RPM
        self._make("good", self._signed("good", self.key))
        self._make("other", self._signed("other", self.other_key))
        self._make("unsigned", self.unsigned.read_bytes())
        self._make("expired", self.expired.sign(self.unsigned, folder / "expired.rpm"))
        self._make("tampered", _with_other_payload((folder / "good" / PLAIN_LOCATION).read_bytes()))
        self._make("indexed", self.unsigned.read_bytes())
        self._make("weak", self.unsigned.read_bytes(), "sha1")
        for name in ("indexed", "weak"):
            self.key.sign_detached(folder / name / "repodata/repomd.xml")

    def _signed(self, name, key):
        path = self.folder / f"{name}.rpm"
        shutil.copyfile(self.unsigned, path)
        rpms.sign([path], key)
        return path.read_bytes()

    def _make(self, name, data, checksum="sha256"):
        path = self.folder / name / PLAIN_LOCATION
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        rpms.index(self.folder / name, checksum)

    def content(self):
        made = {"rpms.example/key.asc": self.key.public.read_bytes(), "rpms.example/expired.asc": self.expired.public}
        for name in ("good", "other", "unsigned", "expired", "tampered", "indexed", "weak"):
            for path in (self.folder / name).rglob("*"):
                if path.is_file():
                    made[f"rpms.example/{name}/{path.relative_to(self.folder / name)}"] = path.read_bytes()
        return made

    def primary(self):
        """primary.xml of the good repository."""
        path = next((self.folder / "good/repodata").glob("*-primary.xml.gz"))
        return gzip.decompress(path.read_bytes()).decode()


class _ExpiredKey:
    """A key that was good for a day in 2020, and made its signatures then."""

    _THEN = "20200101T000000"

    def __init__(self, folder):
        self._home = folder
        folder.mkdir(mode=0o700)
        gpg = ["gpg", "--homedir", str(folder), "--batch", "--quiet", "--passphrase", ""]
        try:
            _run([*gpg, "--faked-system-time", self._THEN, "--quick-gen-key", "expired@lab.invalid", "rsa2048", "sign", "1d"])
            self.public = _run([*gpg, "--armor", "--export"])
            listing = _run([*gpg, "--list-keys", "--with-colons"]).decode()
            self.fingerprint = re.search(r"^fpr:+([0-9A-F]+):", listing, re.MULTILINE)[1]
        finally:
            self._end_agent()

    def sign(self, source, target):
        shutil.copyfile(source, target)
        defines = {"__gpg": "/usr/bin/gpg", "_gpg_name": self.fingerprint, "_gpg_path": str(self._home)}
        defines["_gpg_sign_cmd_extra_args"] = f"--faked-system-time {self._THEN}"
        command = ["rpmsign", "--addsign"]
        for name, value in defines.items():
            command += ["--define", f"{name} {value}"]
        try:
            _run([*command, str(target)])
        finally:
            self._end_agent()
        return target.read_bytes()

    def _end_agent(self):
        subprocess.run(["gpgconf", "--homedir", str(self._home), "--kill", "all"], check=False)


def _run(command):
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def _with_other_payload(data):
    """The last bytes changed: behind both headers, so that only the signature over all of it, or its digest, can tell."""
    return data[:-4000] + bytes(255 - byte for byte in data[-4000:-3900]) + data[-3900:]


def repository(primary, open_size=None, size=None):
    """repomd.xml for a primary.xml.gz that is given packed, and whose sizes may be lies."""
    rows = f'<checksum type="sha256">{sha256(primary)}</checksum><location href="repodata/primary.xml.gz"/>'
    rows += f"<size>{len(primary) if size is None else size}</size>"
    rows += f"<open-size>{open_size}</open-size>" if open_size is not None else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>'
        f'<data type="primary">{rows}</data></repomd>'
    ).encode()


def bomb(head, size, tail=b""):
    """gzip that unpacks to `head`, about `size` letters and `tail`: the same packed member again and again."""
    member = gzip.compress(b"a" * (32 << 20), mtime=0)
    return gzip.compress(head, mtime=0) + member * (size // (32 << 20)) + gzip.compress(tail, mtime=0)


def write_data_dir(folder):
    """A catalogue and a target of the test's own: nothing in it names a host that exists."""
    target = folder / "rpm-lists/targets/lab-9.yml"
    target.parent.mkdir(parents=True)
    target.write_text('target: lab-9\nos: {id: centos, version: "9"}\nplatform-id: platform:el9\nrepositories: []\n')
    (folder / "rpm-lists/base").mkdir()
    helm = f'programs:\n  - {{name: helm, url: "https://{HELM}", extract: linux-amd64/helm, sha256-url: "https://{HELM}.sha256sum"}}\n'
    for name, text in {"kubernetes": "", "helm": helm}.items():
        component = folder / f"manifests/{name}/component.yml"
        component.parent.mkdir(parents=True)
        component.write_text(f"component: {name}\n{text}")


def make_certificate(folder, hosts):
    """A self-signed certificate for the upstream hosts; returns the file with it and its key."""
    path = folder / "tls.pem"
    names = ",".join(f"DNS:{host}" for host in hosts)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=lab", "-addext", f"subjectAltName={names}", "-keyout", str(path), "-out", str(folder / "ca.pem")]
    _run(command)
    with open(path, "ab") as file:
        file.write((folder / "ca.pem").read_bytes())
    return path, folder / "ca.pem"
