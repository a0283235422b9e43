"""A throw-away GPG key per lab folder; every gpg run in a home of its own, no agent left behind."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

_USER = "bundle lab (throw-away) <lab@lab.invalid>"


class SigningKey:
    """The key pair below `folder`, made on first use; `public` is the armored public key's path."""

    def __init__(self, folder):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._secret = folder / "lab.secret.asc"
        self.public = folder / "lab.public.asc"
        if not self._secret.exists():
            self._generate()
        with self.home() as home:
            listing = _gpg(home, "--list-keys", "--with-colons").decode()
        self.fingerprint = next(l.split(":")[9] for l in listing.splitlines() if l.startswith("fpr:"))

    @contextmanager
    def home(self):
        """A GNUPGHOME that holds the key. In /tmp, since gpg-agent's socket path may have 108 bytes at most."""
        with _temporary_home() as home:
            _gpg(home, "--import", str(self._secret))
            yield home

    def sign_detached(self, path):
        """Writes PATH.asc, as repositories sign repomd.xml."""
        with self.home() as home:
            _gpg(home, "--yes", "--armor", "--detach-sign", str(path))

    def _generate(self):
        with _temporary_home() as home:
            _gpg(home, "--quick-gen-key", _USER, "rsa3072", "sign", "never")
            self.public.write_bytes(_gpg(home, "--armor", "--export"))
            secret = _gpg(home, "--armor", "--export-secret-keys")
        with os.fdopen(os.open(self._secret, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(secret)


@contextmanager
def _temporary_home():
    home = tempfile.mkdtemp(prefix="lab-gpg-", dir="/tmp")
    try:
        yield home
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


def _gpg(home, *arguments):
    command = ["/usr/bin/gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout
