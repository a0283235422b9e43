"""The two closures by themselves: `bundle rpms` by URL and in a folder, `bundle images` on charts and manifests."""

import gzip
import os
import shutil
from dataclasses import replace

import cases_charts
import cases_rpms
from content import bomb, chart, repository
from runner import Case, require
from server import dripping, silent, stalled

_REPODATA = "repo/repodata"


def cases(world):
    return _rpms_by_url(world) + _interrupted() + _rpms_in_folder(world) + _charts() + _manifests()


# ---- bundle rpms


def _url(run):
    return f"{run.world.mirror}/{run.case.name}/rpms.example/good"


def _by_url(run):
    return "rpms", "plain", "--repo", f"lab={_url(run)}"


def _by_mirrors(run):
    return "rpms", "plain", "--repo", "lab=https://rpms.example/good", "--mirrors", run.folder / "mirrors.yml"


def _prints_package(run):
    require(run.stdout == "plain-1.0-1.noarch\n", f"it printed {run.stdout!r}")


def _rpms_by_url(world):
    """What `lock` is held to, with the same words. Where the packages lie is no matter of `rpms`."""
    asked_later = ("location-base-is-file", "location-base-with-a-login", "location-base-of-http")
    likewise = [case for case in cases_rpms.metadata_cases(world) if case.verb == "lock" and case.name not in asked_later]
    made = [replace(case, name=f"rpms-{case.name}", verb="rpms", command=_by_url) for case in likewise]
    mirrored = [case for case in likewise if case.name in ("repomd-truncated", "primary-other-bytes", "primary-bomb")]
    made += [replace(case, name=f"rpms-mirrored-{case.name}", verb="rpms", command=_by_mirrors) for case in mirrored]
    return made + [
        Case("rpms-honest", (), 0, verb="rpms", command=_by_url, after=_prints_package),
        Case("rpms-honest-mirror", (), 0, verb="rpms", command=_by_mirrors, after=_prints_package),
        Case("rpms-no-mirrors-file", (), 2, ("nowhere.yml",), verb="rpms", command=lambda run: (*_by_url(run), "--mirrors", "nowhere.yml")),
    ]


def _interrupted():
    def case(name, behaviour):
        return Case(f"rpms-interrupted-{name}", (), 130, ("interrupted",), {cases_rpms.REPOMD: behaviour}, verb="rpms", command=_by_url, interrupted=True)

    return [case("stalled", stalled), case("silent", silent), case("dripping", dripping)]


def _rpms_in_folder(world):
    def case(name, exit_code, says, spoil):
        def before(run):
            shutil.copytree(world.rpms.folder / "good", run.folder / "repo")
            run.own_files = ("repo",)
            spoil(run.folder / _REPODATA)

        return Case(f"rpms-folder-{name}", (), exit_code, says, verb="rpms", before=before, command=lambda _: ("rpms", "plain", "--repo", "lab=repo"))

    def spoilt(primary, **sizes):
        def spoil(folder):
            (folder / "primary.xml.gz").write_bytes(primary)
            (folder / "repomd.xml").write_bytes(repository(primary, **sizes))

        return spoil

    def repomd(change):
        return lambda folder: (folder / "repomd.xml").write_bytes(change((folder / "repomd.xml").read_bytes()))

    def instead(make):
        return lambda folder: ((folder / "repomd.xml").unlink(), make(folder / "repomd.xml"))

    def other_bytes(folder):
        path = next(folder.glob("*-primary.xml.gz"))
        path.write_bytes(b"x" * path.stat().st_size)

    xml = world.rpms.primary()
    head, tail = xml.split("</summary>", 1)
    swollen = bomb(head.encode(), 6 << 30, f"</summary>{tail}".encode())
    return [
        case("truncated", 5, ("repomd.xml",), repomd(lambda data: data[: len(data) // 2])),
        case("garbage", 5, ("repomd.xml",), repomd(lambda data: b"\x1f\x8b\x00garbage")),
        case("endless", 5, ("repomd.xml", "1048576"), instead(lambda path: path.symlink_to("/dev/zero"))),
        case("1gib", 5, ("repomd.xml", "1048576"), lambda folder: os.truncate(folder / "repomd.xml", 1 << 30)),
        case("dotdot", 5, ("../",), repomd(lambda data: data.replace(b'href="repodata/', b'href="../../../repodata/'))),
        case("primary-other-bytes", 5, ("primary.xml.gz", "repomd.xml says"), other_bytes),
        case("primary-missing", 2, ("primary.xml.gz",), lambda folder: next(folder.glob("*-primary.xml.gz")).unlink()),
        case("primary-bomb", 5, ("primary.xml.gz", "an element of more than"), spoilt(swollen)),
        case("primary-bomb-that-lies", 5, ("unpacks to more than 1000 bytes",), spoilt(swollen, open_size=1000)),
        case("primary-dotdot", 0, (), spoilt(gzip.compress(xml.replace('href="Packages/', 'href="../../escaped.rpm" x="').encode()))),
    ]


# ---- bundle images


def _charts():
    """A helm that must never run: what could leave its folder is refused before."""

    def case(name, says, data):
        def before(run):
            (run.folder / "app.tgz").write_bytes(data)
            _write_helm(run, "touch escaped-to-helm")

        return Case(f"images-chart-{name}", (), 5, ("app.tgz", *says), verb="images", before=before, command=_of_chart)

    return [case(*row) for row in cases_charts.packed_charts()] + _renderings()


def _of_chart(run):
    return "images", "app.tgz", "--kube-version", "1.34.3", "--helm", run.folder / "helm"


def _write_helm(run, script):
    (run.folder / "helm").write_text(f"#!/bin/sh\n{script}\n")
    (run.folder / "helm").chmod(0o755)
    run.own_files = ("app.tgz", "helm")


def _renderings():
    """An honest chart, of which helm makes something else."""

    def case(name, exit_code, says, script):
        def before(run):
            (run.folder / "app.tgz").write_bytes(chart())
            _write_helm(run, script)

        return Case(f"images-rendered-{name}", (), exit_code, says, verb="images", before=before, command=_of_chart)

    return [
        case("fails", 9, ("helm cannot render", "no such function"), "echo 'no such function' >&2; exit 1"),
        case("garbage", 5, ("app.tgz",), "printf '\\000\\377{['"),
        case("endless", 8, ("helm template", "it printed more than 64.0 MiB"), "while :; do echo 'a: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'; done"),
    ]


def _manifests():
    def case(name, exit_code, says, make):
        def before(run):
            make(run.folder / "app.yaml")
            run.own_files = ("app.yaml",)

        return Case(f"images-manifest-{name}", (), exit_code, says, verb="images", before=before, command=lambda _: ("images", "app.yaml"))

    def text(data):
        return lambda path: path.write_bytes(data)

    return [
        case("alias-bomb", 5, ("app.yaml", "aliases"), text(cases_charts.alias_bomb())),
        case("alias-of-itself", 5, ("app.yaml",), text(b"a: &a [*a]\n")),
        case("deep", 5, ("app.yaml",), text(b"a: " + b"[" * 100_000)),
        case("garbage", 5, ("app.yaml",), text(b"\x00\xff\xfe")),
        case("1gib", 5, ("app.yaml", "larger than"), lambda path: (path.touch(), os.truncate(path, 1 << 30))),
        case("endless", 5, ("app.yaml", "larger than"), lambda path: path.symlink_to("/dev/zero")),
    ]
