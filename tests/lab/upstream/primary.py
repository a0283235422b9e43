"""Real rpm-md read as text: packages of primary.xml as stubs, and the same metadata rewritten for those stubs.

Text, not a tree: what is not replaced stays byte for byte. Format: createrepo_c's primary.xml and filelists.xml.
"""

import gzip
import hashlib
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from .rpmlist import DEPENDENCIES, Package

_RPM = "http://linux.duke.edu/metadata/rpm"
_SIGNS = {"EQ": "=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
_ELEMENT = re.compile(r"<package .*?</package>", re.DOTALL)
# What differs between the real RPM and its stub.
_REPLACED = (r"<checksum [^>]*>[^<]*</checksum>", r"<time [^>]*/>", r"<size [^>]*/>", r"<rpm:header-range [^>]*/>")


class Metadata:
    def __init__(self, folder):
        """`folder` holds repodata/ with repomd.xml and gzipped primary and filelists."""
        self.folder = Path(folder)
        self.repomd = (self.folder / "repodata/repomd.xml").read_text()
        self._primary = self._read("primary")
        self.elements = {}
        for match in _ELEMENT.finditer(self._primary):
            self.elements.setdefault(_nevra(match[0]), match[0])

    def write(self, folder, stubs):
        """Writes this repodata to `folder`, with the facts of the RPMs in `stubs` (nevra -> element of their primary)."""
        shutil.copytree(self.folder / "repodata", folder / "repodata", dirs_exist_ok=True)
        pkgids = {}

        def with_stub(match):
            stub = stubs.get(_nevra(match[0]))
            if not stub:
                return match[0]
            pkgids[_pkgid(match[0])] = _pkgid(stub)
            return _with_facts_of(stub, match[0])

        primary = _ELEMENT.sub(with_stub, self._primary)
        ids = re.compile(r'pkgid="([0-9a-f]{64})"')
        filelists = ids.sub(lambda match: f'pkgid="{pkgids.get(match[1], match[1])}"', self._read("filelists"))
        repomd = self.repomd
        for kind, text in (("primary", primary), ("filelists", filelists)):
            repomd = _replace_data(repomd, kind, text.encode(), folder)
        (folder / "repodata/repomd.xml").write_text(repomd)

    def _read(self, kind):
        href = re.search(rf'<data type="{kind}">.*?<location href="([^"]+)"', self.repomd, re.DOTALL)[1]
        return gzip.decompress((self.folder / href).read_bytes()).decode()


def elements_of(folder):
    """nevra -> <package> element of the primary.xml that createrepo_c made in `folder`."""
    return Metadata(folder).elements


def packages_of(elements):
    """The packages of some <package> elements, with their dependencies and the files that primary names."""
    packages = [_package(element) for element in elements]
    # A symlink to a folder is a plain file in the metadata: where other packages have something below it, it is a folder.
    parents = {str(parent) for p in packages for path in p.files + p.folders for parent in Path(path).parents}
    for package in packages:
        package.folders += [path for path in package.files if path in parents]
        package.files = [path for path in package.files if path not in parents]
    return packages


def _package(element):
    tree = ElementTree.fromstring(element.replace("<package ", f'<package xmlns:rpm="{_RPM}" ', 1))
    version = tree.find("version")
    epoch = version.get("epoch") if version.get("epoch") != "0" else ""
    package = Package(tree.findtext("name"), epoch, version.get("ver"), version.get("rel"), tree.findtext("arch"))
    for key in DEPENDENCIES:
        entries = tree.iterfind(f"format/{{{_RPM}}}{key}/{{{_RPM}}}entry")
        setattr(package, key, list(dict.fromkeys(d for d in map(_dependency, entries) if d)))
    for file in tree.iterfind("format/file"):
        (package.folders if file.get("type") == "dir" else package.files).append(file.text.replace("%", "%%"))
    return package


def _dependency(entry):
    """`name >= epoch:version-release` as a spec file writes it; None for what rpmbuild adds itself."""
    name = entry.get("name").replace("%", "%%")
    if name.startswith("rpmlib("):
        return None
    if not entry.get("flags"):
        return name
    epoch, version, release = entry.get("epoch"), entry.get("ver"), entry.get("rel")
    text = f"{epoch}:{version}" if epoch not in (None, "0") else version
    return f"{name} {_SIGNS[entry.get('flags')]} {text}" + (f"-{release}" if release else "")


def _nevra(element):
    name, arch = re.search(r"<name>(.*?)</name>", element)[1], re.search(r"<arch>(.*?)</arch>", element)[1]
    version = re.search(r'<version epoch="(.*?)" ver="(.*?)" rel="(.*?)"', element)
    return Package(name, *version.groups(), arch).nevra


def _pkgid(element):
    return re.search(r"<checksum [^>]*>([^<]*)<", element)[1]


def _with_facts_of(stub, element):
    for pattern in _REPLACED:
        fact = re.search(pattern, stub)[0]
        element = re.sub(pattern, lambda match, fact=fact: fact, element, count=1)
    return element


def _replace_data(repomd, kind, content, folder):
    """Writes `content` as the repodata file of `kind` and puts its facts into the text of repomd.xml."""
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    block = re.search(rf'<data type="{kind}">.*?</data>', repomd, re.DOTALL)[0]
    old_href = re.search(r'<location href="([^"]+)"', block)[1]
    href = f"repodata/{hashlib.sha256(packed).hexdigest()}-{kind}.xml.gz"
    (folder / old_href).unlink()
    (folder / href).write_bytes(packed)
    facts = {
        r"<checksum type=\"sha256\">[^<]*": f'<checksum type="sha256">{hashlib.sha256(packed).hexdigest()}',
        r"<open-checksum type=\"sha256\">[^<]*": f'<open-checksum type="sha256">{hashlib.sha256(content).hexdigest()}',
        r"<location href=\"[^\"]*": f'<location href="{href}',
        r"<size>[^<]*": f"<size>{len(packed)}",
        r"<open-size>[^<]*": f"<open-size>{len(content)}",
    }
    new_block = block
    for pattern, fact in facts.items():
        new_block = re.sub(pattern, fact, new_block, count=1)
    return repomd.replace(block, new_block)
