"""Hostile files on this side: versions.yml, a lock, an earlier bundle, and what an interrupted build left."""

import json
import os
import shutil

from cases_charts import alias_bomb
from cases_images import check_bundle
from content import FILE
from runner import Case, require
from server import status

_ALL = ("image", "rpm:good", "chart", "file")


def cases(world):
    return _versions() + _locks() + _reuse(world) + _partials(world)


def _versions():
    def case(name, says, text):
        return Case(name, (), 3, ("versions.yml", *says), before=lambda run: run.versions.write_bytes(text))

    return [
        case("versions-alias-bomb", (), alias_bomb()),
        case("versions-deep", (), b"a: " + b"[" * 100_000),
        case("versions-garbage", (), b"\x00\xff\xfe"),
        Case("versions-of-100mib", (), 5, ("versions.yml", "larger than"), before=lambda run: os.truncate(run.versions, 100 << 20)),
        Case("versions-file-dotdot", (), 3, ("../escaped",), before=lambda run: run.versions.write_text(_versions_with_file("../escaped"))),
    ]


def _versions_with_file(path):
    file = f'files: [{{url: "https://{FILE}", sha256: {"0" * 64}, size: 1, path: {path}}}]'
    return f"bundle: x\nversion: 1.0.0\ntarget: {{os: lab-9, base: none}}\n{file}\n"


def _locks():
    def case(name, exit_codes, says, change, **more):
        return Case(f"lock-{name}", _ALL, exit_codes, says, verb="build", options=("--locked",), before=lambda run: run.edit_lock(change), **more)

    def set_at(*path_and_value):
        *path, value = path_and_value

        def change(lock):
            at = lock
            for key in path[:-1]:
                at = at[key]
            require(path[-1] in at or isinstance(at, list), f"the lock has no {path}")
            at[path[-1]] = value

        return change

    up = "../../../../escaped"
    return [
        case("file-dotdot", 5, (up,), set_at("files", 0, "path", up)),
        case("program-dotdot", 5, (up,), set_at("programs", 0, "path", up)),
        case("chart-dotdot", 5, (up,), set_at("charts", 0, "archive", "path", up)),
        case("chart-source-is-local", 3, ("/passwd", "changed since the lock"), set_at("charts", 0, "archive", "source", f"spec:{'../' * 20}etc/passwd")),
        case("repository-dotdot", 5, (up,), lambda lock: (set_at("repositories", 0, "id", up)(lock), set_at("rpms", 0, "repository", up)(lock))),
        case("rpm-url-dotdot", 4, ("https://rpms.example/good/..",), set_at("rpms", 0, "url", "https://rpms.example/good/..")),
        case("name-dotdot", 3, ("name",), set_at("name", up)),
        case("file-size", 6, ("free",), set_at("files", 0, "size", 1 << 41), leaves_partial=True),
        case("file-size-overflow", 2, ("pieces",), lambda lock: (set_at("files", 0, "size", (1 << 63) - 1)(lock), set_at("images", 0, "blobs", 0, "size", (1 << 63) - 1)(lock))),
        case("file-size-negative", 3, ("files",), set_at("files", 0, "size", -1)),
        case("document-size", 5, ("4194304",), set_at("images", 0, "documents", 0, "size", 64 << 20), leaves_partial=True),
        case("blob-size", 5, ("expected",), set_at("images", 0, "blobs", 0, "size", 12345), leaves_partial=True),
        case("blob-digest", 3, ("digest",), set_at("images", 0, "blobs", 0, "digest", "sha256:../../x")),
        case("no-documents", 3, ("documents",), set_at("images", 0, "documents", [])),
        case("chart-checksum", 5, ("expected sha256",), set_at("charts", 0, "archive", "sha256", "0" * 64)),
        case("file-url", 5, ("file:///etc/passwd",), set_at("files", 0, "url", "file:///etc/passwd"), leaves_partial=True),
        case("rpm-checksum", 5, ("checksum",), set_at("rpms", 0, "checksum", "sha256:../../../escaped")),
        case("unknown-key", 3, ("surprise",), lambda lock: lock["files"][0].update(surprise=1)),
        Case("lock-garbage", _ALL, 3, ("versions.lock.json",), verb="build", options=("--locked",), before=lambda run: run.lock.write_bytes(b"\x00{[")),
        Case("lock-deep", _ALL, 3, ("versions.lock.json",), verb="build", options=("--locked",), before=lambda run: run.lock.write_bytes(b"[" * 1_000_000)),
    ]


# ---- --reuse


def _earlier(change):
    """An honest bundle, moved aside and changed."""

    def before(run):
        run.honest("build", "--part-size", "1MiB")
        run.index = (run.out / "bundle.json").read_bytes()
        run.out.rename(run.folder / "earlier")
        run.own_files = ("earlier", "versions.lock.json")
        change(run.folder / "earlier")
        shutil.rmtree(run.folder / "cache")

    return before


def _same_again(run):
    require((run.out / "bundle.json").read_bytes() == run.index, "the bundle is another one")
    check_bundle(run)


def _reuse(world):
    options = ("--locked", "--part-size", "1MiB", "--reuse", "earlier")

    def mended(name, change, says=()):
        return Case(f"reuse-{name}", _ALL, 0, says, verb="build", options=options, before=_earlier(change), after=_same_again)

    def refused(name, says, change):
        def spoilt(folder):
            index = json.loads((folder / "bundle.json").read_text())
            change(index)
            (folder / "bundle.json").write_text(json.dumps(index, sort_keys=True, separators=(",", ":")))

        return Case(f"reuse-{name}", _ALL, 5, ("--reuse earlier", *says), verb="build", options=options, before=_earlier(spoilt))

    def overlap(index):
        entries = [entry for entry in index["entries"] if entry["size"] > 2000]
        entries[0]["at"][0][:2] = entries[1]["at"][0][:2]

    def each_part(function):
        return lambda folder: [function(path) for path in folder.glob("*.tar")]

    def to_link(target):
        def change(path):
            path.unlink()
            path.symlink_to(target)

        return change

    def to_fifo(path):
        path.unlink()
        os.mkfifo(path)

    return [
        mended("damaged", each_part(_flip), ("is damaged in the bundle given with --reuse",)),
        mended("truncated", each_part(lambda path: os.truncate(path, 5000))),
        mended("missing", each_part(lambda path: path.unlink()), ("is missing",)),
        mended("part-is-link", each_part(to_link("/etc/passwd"))),
        mended("part-is-endless", each_part(to_link("/dev/zero"))),
        mended("part-is-fifo", each_part(to_fifo)),
        refused("overlap", (), overlap),
        refused("dotdot", ("../escaped",), lambda index: index["entries"][0].update(path="../escaped")),
        refused("part-dotdot", ("part 0 is not named",), lambda index: index["parts"][0].update(name="../escaped.000.tar")),
        refused("size", (), lambda index: index["entries"][0].update(size=1 << 62)),
        refused("piece-past-the-end", (), lambda index: index["entries"][0]["at"][0].__setitem__(1, 1 << 62)),
        refused("piece-of-no-part", (), lambda index: index["entries"][0]["at"][0].__setitem__(0, 999_999)),
        Case("reuse-garbage", _ALL, 5, ("bundle.json",), verb="build", options=options, before=_earlier(lambda folder: (folder / "bundle.json").write_bytes(b"{["))),
        Case("reuse-index-of-100mib", _ALL, 5, ("bundle.json",), verb="build", options=options, before=_earlier(lambda folder: os.truncate(folder / "bundle.json", 100 << 20))),
    ]


def _flip(path):
    data = bytearray(path.read_bytes())
    for i in range(0, len(data), 700):
        data[i] ^= 255
    path.write_bytes(data)


# ---- DIR.partial


def _partials(world):
    options = ("--locked", "--part-size", "1MiB")

    def interrupted(change):
        def before(run):
            run.world.server.spoil(run.case.name, {FILE: status(403)})
            run.start("build", "--part-size", "1MiB")
            require(run.partial.exists() and run.status == 4, f"the build was not interrupted: {run.stderr}")
            run.own_files = ("versions.lock.json", "outside")
            (run.folder / "outside").write_bytes(b"not yours")
            change(run)

        return before

    def untouched(run):
        require((run.folder / "outside").read_bytes() == b"not yours", "it wrote through a link")
        check_bundle(run)

    def case(name, change):
        return Case(f"partial-{name}", _ALL, 0, verb="build", options=options, before=interrupted(change), after=untouched)

    def parts(function):
        return lambda run: [function(run, path) for path in sorted(run.partial.glob("*.tar"))]

    def link_out(run, path):
        path.unlink()
        path.symlink_to(run.folder / "outside")

    def journal(run):
        return next(path for path in run.partial.iterdir() if not path.name.endswith(".tar"))

    def append(text):
        return lambda run: journal(run).write_text(journal(run).read_text() + text)

    def link_journal(run):
        text = journal(run).read_text()
        (run.folder / "outside").write_text("not yours")
        name = journal(run)
        name.unlink()
        require(text, "the journal is empty")
        name.symlink_to(run.folder / "outside")

    return [
        case("damaged", parts(lambda run, path: _flip(path))),
        case("truncated", parts(lambda run, path: os.truncate(path, 5000))),
        case("longer", parts(lambda run, path: path.write_bytes(path.read_bytes() + b"x" * 100_000))),
        case("missing", parts(lambda run, path: path.unlink())),
        case("parts-are-links", parts(link_out)),
        case("journal-is-link", link_journal),
        case("journal-claims-all", append("".join(f"{i} 9223372036854775807\n" for i in range(100)))),
        case("journal-garbage", append("\x00\n-1 5\n5\n99999999999999999999 1\n")),
        case("old-index", lambda run: (run.partial / "bundle.json").write_text("{}")),
        case("old-signature", lambda run: (run.partial / "bundle.json.0123456789abcdef.sig").write_text("x")),
    ]
