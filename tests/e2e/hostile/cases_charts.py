"""Chart repositories, charts, programs and files."""

import tarfile

from cases_images import check_bundle
from content import CHARTS, FILE, HELM, bomb, chart, chart_index, helm_archive, noise, sha256, tar_gz
from runner import Case, require
from server import body, changed, endless, huge, redirect, status

INDEX = f"{CHARTS}/index.yaml"
_CHART = f"{CHARTS}/app-1.0.0.tgz"
_SUMS = f"{HELM}.sha256sum"
_FILE_SIZE = 2 << 20


def honest():
    helm = helm_archive()
    charts = {INDEX: chart_index(chart()), _CHART: chart()}
    return {**charts, HELM: helm, _SUMS: f"{sha256(helm)}  helm\n".encode(), FILE: noise("model", _FILE_SIZE)}


def cases(world):
    return _indexes(world) + _charts() + _programs() + _files(world)


def _indexes(world):
    def case(name, exit_code, says, behaviour):
        return Case(name, ("chart",), exit_code, says, {INDEX: behaviour})

    def absolute(url):
        return body(chart_index(url=url))

    elsewhere = "https://other.example/app-1.0.0.tgz"
    return [
        case("charts-401", 4, ("index.yaml", "401 Unauthorized"), status(401)),
        case("charts-404", 9, ("not found at", "index.yaml"), status(404)),
        case("charts-429", 4, ("index.yaml", "429 Too Many Requests"), status(429)),
        case("charts-500", 4, ("index.yaml", "500 Internal Server Error"), status(500)),
        case("charts-garbage", 5, ("https://charts.example/stable",), body(b"\x00\xff{[")),
        case("charts-html", 5, ("https://charts.example/stable", "not a chart repository"), body(b"<html>Sign in</html>")),
        case("charts-alias-bomb", 5, ("https://charts.example/stable",), body(alias_bomb())),
        case("charts-deep", 5, ("https://charts.example/stable",), body(b"[" * 100_000)),
        case("charts-endless", 5, ("index.yaml",), endless),
        case("charts-at-file", 5, ("file:///etc/passwd",), absolute("file:///etc/passwd")),
        case("charts-at-a-login", 5, ("index.yaml names https://other.example/x.tgz",), absolute("https://me:shown-s3cret@other.example/x.tgz")),
        case("charts-at-a-signed-url", 5, ("'X-Amz-Signature'", "~/.netrc"), absolute("https://other.example/x.tgz?X-Amz-Signature=shown-s3cret")),
        case("charts-at-http", 5, ("http://localhost:1/x.tgz", "https"), absolute("http://localhost:1/x.tgz")),
        Case("charts-elsewhere", ("chart",), 0, spoil={INDEX: absolute(elsewhere), "other.example/app-1.0.0.tgz": body(chart())}),
    ]


def alias_bomb():
    """YAML that would have 10^9 nodes."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 9)]
    return ("\n".join(lines) + "\n").encode()


def _link(name, kind, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def _claiming(name, size, data):
    member = tarfile.TarInfo(name)
    member.size = size
    return member, data


def packed_charts():
    """Charts that are hostile themselves: (name, what is said of them, bytes)."""
    plain, about, swollen = chart(), b"apiVersion: v2\nname: app\nversion: 1.0.0\n", _swollen_chart()
    many, claiming = chart(*[(f"app/f{i}", b"") for i in range(50_000)]), chart(_claiming("app/big", 10 << 30, b"x"))
    return [
        ("symlink", ("app/link", "symbolic link"), chart(_link("app/link", tarfile.SYMTYPE, "/etc/passwd"))),
        ("hardlink", ("app/link", "hard link"), chart(_link("app/link", tarfile.LNKTYPE, "app/Chart.yaml"))),
        ("device", ("app/null", "neither a file nor a folder"), chart(_link("app/null", tarfile.CHRTYPE, ""))),
        ("fifo", ("app/fifo", "neither a file nor a folder"), chart(_link("app/fifo", tarfile.FIFOTYPE, ""))),
        ("absolute", ("/etc/escaped",), chart(("/etc/escaped", b"x"))),
        ("dotdot", ("app/../../escaped",), chart(("app/../../escaped", b"x"))),
        ("twice", ("twice",), chart(("app/Chart.yaml", about))),
        ("claims-10gib", ("damaged",), claiming),
        ("unpacks-to-10gib", ("unpacks to more than",), swollen),
        ("many-files", ("more than",), many),
        ("without-chart-yaml", ("no NAME/Chart.yaml",), tar_gz([("app/x", b"x")])),
        ("garbage", ("no such archive",), b"\x00\x01garbage"),
        ("truncated", ("damaged",), plain[: len(plain) // 2]),
    ]


def _charts():
    def case(name, says, data):
        return Case(f"chart-{name}", ("chart",), 5, says, {_CHART: body(data), INDEX: body(chart_index(data))})

    return [case(*row) for row in packed_charts()] + [
        Case("chart-other-bytes", ("chart",), 5, ("app-1.0.0.tgz", "expected sha256", "found"), {_CHART: body(chart(("app/more", b"")))}),
        Case("chart-404", ("chart",), 4, ("app-1.0.0.tgz",), {_CHART: status(404)}),
        Case("chart-endless", ("chart",), 5, ("app-1.0.0.tgz",), {_CHART: endless}),
        Case("chart-to-file", ("chart",), 5, ("file:///etc/passwd",), {_CHART: redirect("file:///etc/passwd")}),
    ]


def _swollen_chart():
    """A member of 10 GiB, really there, in a few MiB of gzip."""
    member = tarfile.TarInfo("app/big")
    member.size = 10 << 30
    return bomb(member.tobuf(tarfile.GNU_FORMAT), 10 << 30, b"\0" * 1024)


def _programs():
    def case(name, exit_code, says, spoil):
        return Case(name, ("helm",), exit_code, says, spoil)

    def packed(*members):
        data = tar_gz(members)
        return {HELM: body(data), _SUMS: body(sha256(data).encode())}

    return [
        case("helm-sums-garbage", 5, (".sha256sum", "SHA-256"), {_SUMS: body(b"<html>")}),
        case("helm-sums-404", 9, (".sha256sum",), {_SUMS: status(404)}),
        case("helm-sums-endless", 5, (".sha256sum",), {_SUMS: endless}),
        case("helm-other-bytes", 5, ("tar.gz", "expected sha256", "found"), {_SUMS: body(b"0" * 64)}),
        case("helm-500", 4, ("tar.gz", "500 Internal Server Error"), {HELM: status(500)}),
        case("helm-endless", 5, ("tar.gz",), {HELM: huge(1 << 30)}),
        case("helm-not-inside", 5, ("does not hold linux-amd64/helm",), packed(("linux-amd64/README", b"x"))),
        case("helm-is-symlink", 5, ("linux-amd64/helm", "symbolic link"), packed(_link("linux-amd64/helm", tarfile.SYMTYPE, "/bin/sh"))),
        case("helm-garbage", 5, ("no such archive",), {HELM: body(b"x"), _SUMS: body(sha256(b"x").encode())}),
    ]


def _files(world):
    data = world.server.content[FILE]

    def case(name, exit_code, says, behaviour):
        return Case(name, ("file",), exit_code, ("model.bin", *says), {FILE: behaviour}, verb="build", leaves_partial=True, after=_goes_on)

    return [
        case("file-other-bytes", 5, (f"expected {_FILE_SIZE} bytes with sha256 {sha256(data)}", "found"), changed(lambda data: data[:-1] + b"x")),
        case("file-short", 5, (f"found {_FILE_SIZE - 7} bytes",), changed(lambda data: data[:-7])),
        case("file-endless", 5, (str(_FILE_SIZE),), endless),
        case("file-403", 4, ("403 Forbidden",), status(403)),
        case("file-404", 4, ("not found at",), status(404)),
        case("file-500", 4, ("500 Internal Server Error",), status(500)),
        case("file-to-file", 5, ("redirects to file:///etc/passwd",), redirect("file:///etc/passwd")),
        Case("file-elsewhere", ("file",), 0, spoil=lambda run: {FILE: redirect(f"{world.other}/{run.case.name}/{FILE}")}, verb="build", after=_moved),
    ]


def _goes_on(run):
    run.honest("build", "--locked")
    check_bundle(run)


def _moved(run):
    require(any(request["way"] == "other" for request in run.requests()), "the redirect was not followed, so this shows nothing")
    logins = [request for request in run.requests() if "authorization" in request["headers"]]
    require(logins, "no login was sent at all, so this shows nothing")
