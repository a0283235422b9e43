"""Container images from a list (format: head of tests/lab/sets/quickstart.images).

Real tar.gz layers, configs with the right diff_ids, manifests and indexes of both families.
Sources: OCI image-spec v1.1 (manifest.md, image-index.md, config.md); distribution's
docs/spec/manifest-v2-2.md; BuildKit's docs/attestations/attestation-storage.md.
"""

import hashlib
import io
import json
import tarfile
import zlib
from dataclasses import dataclass

from .units import NoiseFile, size_bytes

FORMATS = ("docker-list", "docker-manifest", "oci-index", "oci-index+attestations", "oci-manifest")
_OCI = "application/vnd.oci.image."
_DOCKER = "application/vnd.docker."
_TYPES = {
    "oci": {
        "index": _OCI + "index.v1+json",
        "manifest": _OCI + "manifest.v1+json",
        "config": _OCI + "config.v1+json",
        "layer": _OCI + "layer.v1.tar+gzip",
    },
    "docker": {
        "index": _DOCKER + "distribution.manifest.list.v2+json",
        "manifest": _DOCKER + "distribution.manifest.v2+json",
        "config": _DOCKER + "container.image.v1+json",
        "layer": _DOCKER + "image.rootfs.diff.tar.gzip",
    },
}
# Nobody carries the other platforms; they are there to be left out, so they may be small.
_OTHER_PLATFORM_SHRINK = 16


@dataclass(frozen=True)
class Image:
    host: str
    path: str
    tag: str
    platforms: tuple
    format: str
    layers: tuple
    entrypoint: tuple

    @property
    def reference(self):
        return f"{self.host}/{self.path}:{self.tag}"


@dataclass(frozen=True)
class Layer:
    digest: str
    size: int
    diff_id: str


def parse(text, name):
    """The images of one list, and by layer name its size or its real files; ValueError names file and line."""
    images, contents = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        try:
            if not words:
                continue
            if words[0] == "layer" and len(words) > 3 and words[2] == "real":
                contents[words[1]] = words[3:]
            elif words[0] == "layer" and len(words) == 3:
                contents[words[1]] = size_bytes(words[2])
            elif words[0] == "image" and len(words) >= 5:
                images.append(_image(words, contents))
            else:
                raise ValueError("want 'layer NAME SIZE', 'layer NAME real PATH=SOURCE...' or 'image REF PLATFORMS FORMAT LAYER...'")
        except ValueError as error:
            raise ValueError(f"{name}:{number}: {error}") from None
    return images, contents


def _image(words, contents):
    _, reference, platforms, form, *layers = words
    entrypoint = ()
    if layers[-1].startswith("entrypoint="):
        entrypoint = (layers.pop().partition("=")[2],)
    host, _, rest = reference.partition("/")
    path, _, tag = rest.rpartition(":")
    if not path or form not in FORMATS:
        raise ValueError(f"not host/path:tag, or unknown format: {reference} {form}")
    for layer in layers:
        if layer not in contents:
            raise ValueError(f"unknown layer '{layer}'")
    return Image(host, path, tag, tuple(platforms.split(",")), form, tuple(layers), entrypoint)


def write(tree, images, contents, real_members=None):
    """Writes every image into `tree` under HOST/PATH:TAG. A layer of one name and platform is one blob.

    `real_members` turns the words of a real layer into its members: pairs of a tarfile.TarInfo and a path or None.
    """
    known = {}

    def layer(name, platform):
        if (name, platform) not in known:
            known[name, platform] = _layer_of(tree, name, platform, contents[name], real_members)
        return known[name, platform]

    for image in images:
        _write_image(tree, image, layer)


def _layer_of(tree, name, platform, content, real_members):
    if isinstance(content, list):
        return _write_real_layer(tree, real_members(content)) if platform == "amd64" else _write_layer(tree, name, platform, 4096)
    return _write_layer(tree, name, platform, content if platform == "amd64" else max(content // _OTHER_PLATFORM_SHRINK, 4096))


def _write_image(tree, image, layer):
    repository = f"{image.host}/{image.path}"
    types = _TYPES[image.format.partition("-")[0]]
    single = image.format.endswith("-manifest")
    rows = []
    for platform in image.platforms[:1] if single else image.platforms:
        manifest = _manifest(tree, image, platform, [layer(name, platform) for name in image.layers], types)
        digest, size = tree.put_manifest(repository, manifest, image.tag if single else None)
        rows.append({"mediaType": types["manifest"], "digest": digest, "size": size, "platform": _platform(platform)})
    if single:
        return
    index = {"schemaVersion": 2, "mediaType": types["index"], "manifests": rows}
    if image.format.endswith("+attestations"):
        index["manifests"] = rows + [_attestation(tree, repository, row) for row in rows]
        index["annotations"] = {"org.opencontainers.image.ref.name": image.tag}
    tree.put_manifest(repository, _json(index), image.tag)


def _manifest(tree, image, platform, layers, types):
    repository = f"{image.host}/{image.path}"
    config = {
        "created": "1980-01-01T00:00:00Z",
        **_platform(platform),
        "config": {
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin" + (":/usr/sbin" if image.entrypoint else "")],
            **({"Entrypoint": list(image.entrypoint)} if image.entrypoint else {"Cmd": ["/usr/bin/" + image.layers[-1]]}),
            "Labels": {"org.opencontainers.image.title": repository, "org.opencontainers.image.version": image.tag},
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": "1980-01-01T00:00:00Z", "created_by": "lab " + name} for name in image.layers],
    }
    digest, size = tree.put_blob(_json(config))
    for blob in [digest] + [layer.digest for layer in layers]:
        tree.link_layer(repository, blob)
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": types["manifest"],
            "config": {"mediaType": types["config"], "digest": digest, "size": size},
            "layers": [{"mediaType": types["layer"], "digest": l.digest, "size": l.size} for l in layers],
        }
    )


def _attestation(tree, repository, row):
    """What BuildKit adds to an index for each platform: no image, and of no platform."""
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [{"digest": {"sha256": row["digest"][7:]}}]}
    layer_digest, layer_size = tree.put_blob(_json(statement))
    config = {"architecture": "unknown", "os": "unknown", "rootfs": {"type": "layers", "diff_ids": [layer_digest]}}
    config_digest, config_size = tree.put_blob(_json(config))
    for blob in (layer_digest, config_digest):
        tree.link_layer(repository, blob)
    types = _TYPES["oci"]
    manifest = {
        "schemaVersion": 2,
        "mediaType": types["manifest"],
        "config": {"mediaType": types["config"], "digest": config_digest, "size": config_size},
        "layers": [{"mediaType": "application/vnd.in-toto+json", "digest": layer_digest, "size": layer_size}],
    }
    digest, size = tree.put_manifest(repository, _json(manifest))
    return {
        "mediaType": types["manifest"],
        "digest": digest,
        "size": size,
        "annotations": {"vnd.docker.reference.digest": row["digest"], "vnd.docker.reference.type": "attestation-manifest"},
        "platform": {"architecture": "unknown", "os": "unknown"},
    }


def _write_layer(tree, name, platform, size):
    """A tar.gz of about `size` bytes, streamed: a directory, a program of noise, a text file and a symlink."""
    blob = tree.new_blob()
    gzip = _Gzip(blob)
    with tarfile.open(fileobj=gzip, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        for folder in ("usr", "usr/bin", "etc", "etc/" + name):
            tar.addfile(_member(folder, tarfile.DIRTYPE, 0o755))
        program = _member("usr/bin/" + name, tarfile.REGTYPE, 0o755)
        program.size = max(size - 1024, 0)
        tar.addfile(program, NoiseFile(f"{name} {platform}", program.size))
        text = f"layer {name} for {platform}\n".encode()
        about = _member(f"etc/{name}/about", tarfile.REGTYPE, 0o644)
        about.size = len(text)
        tar.addfile(about, io.BytesIO(text))
        link = _member(f"usr/bin/{name}-current", tarfile.SYMTYPE, 0o777)
        link.linkname = name
        tar.addfile(link)
    gzip.finish()
    digest, stored = blob.commit()
    return Layer(digest, stored, "sha256:" + gzip.content.hexdigest())


def _write_real_layer(tree, members):
    blob = tree.new_blob()
    gzip = _Gzip(blob, zlib.Z_DEFAULT_STRATEGY)
    with tarfile.open(fileobj=gzip, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        for member, path in members:
            if path is None:
                tar.addfile(member)
                continue
            with open(path, "rb") as file:
                tar.addfile(member, file)
    gzip.finish()
    digest, stored = blob.commit()
    return Layer(digest, stored, "sha256:" + gzip.content.hexdigest())


def _member(name, kind, mode):
    member = tarfile.TarInfo(name)
    member.type, member.mode = kind, mode
    return member


class _Gzip:
    """gzip with an empty header (mtime 0), hashing what goes in. Huffman only, where the content is noise."""

    def __init__(self, sink, strategy=zlib.Z_HUFFMAN_ONLY):
        self._sink = sink
        self._deflate = zlib.compressobj(1, zlib.DEFLATED, 31, 9, strategy)
        self.content = hashlib.sha256()

    def write(self, data):
        self.content.update(data)
        self._sink.write(self._deflate.compress(data))
        return len(data)

    def finish(self):
        self._sink.write(self._deflate.flush())


def _platform(text):
    architecture, _, variant = text.partition("/")
    platform = {"architecture": architecture, "os": "linux"}
    return {**platform, "variant": variant} if variant else platform


def _json(value):
    return json.dumps(value, indent=2).encode()
