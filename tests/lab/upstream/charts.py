"""Chart repositories: charts packed with the same bytes each time, and their index.yaml."""

import gzip
import hashlib
import io
import re
import shutil
import tarfile

from .rpms import web_path

_CREATED = "2026-01-01T00:00:00Z"


def pack(folder):
    """The chart in `folder` as (file name, bytes) of its .tgz, as `helm package` would name it."""
    about = (folder / "Chart.yaml").read_text()
    name, version = _field(about, "name"), _field(about, "version")
    return f"{name}-{version}.tgz", tar_gz({f"{name}/{p.relative_to(folder)}": p for p in folder.rglob("*") if p.is_file()})


def tar_gz(members, mode=0o644):
    """A tar.gz of `members` (name -> path), sorted, with no owner and no date."""
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(members):
            member = tarfile.TarInfo(name)
            member.size, member.mode = members[name].stat().st_size, mode
            with open(members[name], "rb") as file:
                tar.addfile(member, file)
    return gzip.compress(tarred.getvalue(), compresslevel=6, mtime=0)


def write_repository(www, url, archives):
    """Serves `archives` (name -> bytes of a .tgz) at `url` with an index.yaml.

    Both forms that upstreams use for `urls` occur: relative names, and absolute ones for every second chart.
    """
    folder = web_path(www, url)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["apiVersion: v1", "entries:"]
    for number, (file_name, data) in enumerate(sorted(archives.items())):
        (folder / file_name).write_bytes(data)
        about = chart_yaml(data)
        where = file_name if number % 2 == 0 else f"{url}/{file_name}"
        lines += [f"  {_field(about, 'name')}:", "  - apiVersion: v2", f"    name: {_field(about, 'name')}"]
        lines += [f"    version: {_field(about, 'version')}", f"    created: \"{_CREATED}\""]
        lines += [f"    digest: {hashlib.sha256(data).hexdigest()}", "    urls:", f"    - {where}"]
    lines.append(f"generated: \"{_CREATED}\"")
    (folder / "index.yaml").write_text("\n".join(lines) + "\n")


def chart_yaml(data):
    """The text of a packed chart's own Chart.yaml."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        name = next(n for n in tar.getnames() if n.count("/") == 1 and n.endswith("/Chart.yaml"))
        return tar.extractfile(name).read().decode()


def write_helm(www, helm):
    """What get.helm.sh serves of one helm: the tarball and its .sha256sum."""
    name = f"helm-{helm.version}-linux-amd64.tar.gz"
    data = tar_gz({"linux-amd64/helm": helm.path}, mode=0o755)
    folder = web_path(www, "https://get.helm.sh")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    (folder / f"{name}.sha256sum").write_text(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


def copy_file(www, url, source):
    """Serves the file `source` at `url`."""
    path = web_path(www, url)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)


def _field(text, key):
    """A top-level scalar of Chart.yaml."""
    return re.search(rf"^{key}:\s*['\"]?([^'\"\s]+)", text, re.MULTILINE)[1]
