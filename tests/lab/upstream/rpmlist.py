"""RPM repositories and packages from a list (format: head of tests/lab/sets/quickstart.rpms)."""

import re
from dataclasses import dataclass, field

from .units import size_bytes

_ARCHES = ("x86_64", "noarch", "i686")
DEPENDENCIES = ("requires", "provides", "conflicts", "obsoletes", "recommends", "suggests", "supplements", "enhances")
_MODES = ("header", "repo", "both")


@dataclass
class Package:
    name: str
    epoch: str
    version: str
    release: str
    arch: str
    requires: list = field(default_factory=list)
    provides: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)
    obsoletes: list = field(default_factory=list)
    recommends: list = field(default_factory=list)
    suggests: list = field(default_factory=list)
    supplements: list = field(default_factory=list)
    enhances: list = field(default_factory=list)
    files: list = field(default_factory=list)
    folders: list = field(default_factory=list)
    programs: dict = field(default_factory=dict)  # path in the package -> name of a real program
    debian: list = field(default_factory=list)  # (Debian package, selections), as debian.files wants them
    configs: dict = field(default_factory=dict)  # path in the package -> file of sets/cluster/
    links: dict = field(default_factory=dict)  # path in the package -> target
    user: str = ""  # made before the installation
    size: int = 0

    @property
    def nvra(self):
        return f"{self.name}-{self.version}-{self.release}.{self.arch}"

    @property
    def nevra(self):
        """With the epoch where it is not 0, as dnf and rpm lists write it."""
        epoch = f"{self.epoch}:" if self.epoch not in ("", "0") else ""
        return f"{self.name}-{epoch}{self.version}-{self.release}.{self.arch}"


@dataclass
class Repository:
    id: str
    url: str
    mode: str
    key_url: str
    packages: list = field(default_factory=list)


def parse(text, name):
    """The repositories of one list; ValueError names file and line."""
    repositories = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "repo":
                repositories.append(_repository(words))
            elif words[0] == "pkg":
                repositories[-1].packages.append(_package(words))
            else:
                _property(repositories[-1].packages[-1], words[0], " ".join(words[1:]))
        except (ValueError, IndexError) as error:
            raise ValueError(f"{name}:{number}: {error}") from None
    return repositories


def _repository(words):
    if len(words) != 5 or words[3] not in _MODES:
        raise ValueError("want 'repo ID URL header|repo|both KEY-URL'")
    return Repository(*words[1:])


def _package(words):
    match = re.fullmatch(r"(?:(\d+):)?([^-:]+)-([^-:]+)", words[2])
    if len(words) != 4 or not match or words[3] not in _ARCHES:
        raise ValueError("want 'pkg NAME [EPOCH:]VERSION-RELEASE ARCH'")
    return Package(words[1], match[1] or "", match[2], match[3], words[3])


def _property(package, key, value):
    values = [item.strip() for item in value.split(",")]
    if key in DEPENDENCIES:
        getattr(package, key).extend(values)
    elif key in ("files", "folders"):
        getattr(package, key).extend(values)
    elif key == "program":
        path, _, program = value.partition(" ")
        package.programs[path] = program
    elif key == "debian":
        name, *selections = value.split()
        package.debian.append((name, selections))
    elif key in ("config", "link"):
        path, _, target = value.partition(" ")
        (package.configs if key == "config" else package.links)[path] = target
    elif key == "user":
        package.user = value
    elif key == "size":
        package.size = size_bytes(value)
    else:
        raise ValueError(f"unknown property '{key}'")
