"""A docker-registry storage tree, written directly: no server, no upload, each blob once.

Layout: https://github.com/distribution/distribution/blob/v2.8.2/registry/storage/paths.go
"""

import hashlib
import os
from pathlib import Path


class RegistryTree:
    def __init__(self, root):
        """`root` becomes the registry's `storage.filesystem.rootdirectory`."""
        self.root = Path(root)
        self._v2 = self.root / "docker/registry/v2"
        (self._v2 / "repositories").mkdir(parents=True, exist_ok=True)

    def new_blob(self):
        """A writer for a blob of any size; its `commit()` returns (digest, size)."""
        return _BlobWriter(self._v2 / "blobs")

    def put_blob(self, data):
        writer = self.new_blob()
        writer.write(data)
        return writer.commit()

    def link_layer(self, repository, digest):
        """Makes a blob (layer or config) readable through `repository`."""
        self._link(f"{repository}/_layers/{_path(digest)}", digest)

    def put_manifest(self, repository, data, tag=None):
        """Stores a manifest or index of `repository`; returns (digest, size)."""
        digest, size = self.put_blob(data)
        self._link(f"{repository}/_manifests/revisions/{_path(digest)}", digest)
        if tag:
            self._link(f"{repository}/_manifests/tags/{tag}/current", digest)
            self._link(f"{repository}/_manifests/tags/{tag}/index/{_path(digest)}", digest)
        return digest, size

    def _link(self, folder, digest):
        path = self._v2 / "repositories" / folder / "link"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(digest)


class _BlobWriter:
    def __init__(self, blobs):
        self._blobs = blobs
        blobs.mkdir(parents=True, exist_ok=True)
        self._temporary = blobs / "writing"
        self._file = open(self._temporary, "wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data):
        self._hash.update(data)
        self._size += len(data)
        return self._file.write(data)

    def commit(self):
        self._file.close()
        digest = "sha256:" + self._hash.hexdigest()
        folder = self._blobs / "sha256" / digest[7:9] / digest[7:]
        folder.mkdir(parents=True, exist_ok=True)
        os.replace(self._temporary, folder / "data")
        return digest, self._size


def _path(digest):
    return digest.replace(":", "/")
