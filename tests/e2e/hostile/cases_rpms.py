"""RPM repositories and packages."""

import gzip
import json

from cases_images import check_bundle
from content import PLAIN_LOCATION, bomb, repository, sha256
from runner import Case, require
from server import body, changed, endless, huge, redirect, status

_REPODATA = "rpms.example/{}/repodata"
REPOMD = "rpms.example/good/repodata/repomd.xml"
_PRIMARY = "rpms.example/good/repodata/primary.xml.gz"
_PACKAGE = f"rpms.example/good/{PLAIN_LOCATION}"
_KEY = "rpms.example/key.asc"


def cases(world):
    return metadata_cases(world) + _signatures(world) + _packages(world)


def metadata_cases(world):
    return _indexes(world) + _primaries(world)


def _indexes(world):
    def case(name, exit_code, says, behaviour, where=REPOMD):
        return Case(name, ("rpm:good",), exit_code, says, {where: behaviour})

    real = next(name for name in world.server.content if name.startswith("rpms.example/good/repodata/") and "primary" in name)
    return [
        case("repomd-401", 4, ("repomd.xml", "401 Unauthorized", ".netrc"), status(401)),
        case("repomd-403", 4, ("repomd.xml", "403 Forbidden"), status(403)),
        case("repomd-404", 9, ("not found at", "repomd.xml"), status(404)),
        case("repomd-429", 4, ("repomd.xml", "429 Too Many Requests"), status(429)),
        case("repomd-500", 4, ("repomd.xml", "500 Internal Server Error"), status(500)),
        case("repomd-truncated", 5, ("repomd.xml",), changed(lambda data: data[: len(data) // 2])),
        case("repomd-empty", 5, ("repomd.xml",), body(b"")),
        case("repomd-garbage", 5, ("repomd.xml",), body(b"\x1f\x8b\x00garbage")),
        case("repomd-laughs", 5, ("repomd.xml",), body(_laughs())),
        case("repomd-endless", 5, ("repomd.xml", "1048576"), endless),
        case("repomd-1gib", 5, ("repomd.xml", "1048576"), huge(1 << 30)),
        case("repomd-to-file", 5, ("file:///etc/passwd",), redirect("file:///etc/passwd")),
        case("primary-404", 4, ("primary.xml.gz",), status(404), real),
        case("primary-500", 4, ("primary.xml.gz", "500 Internal Server Error"), status(500), real),
        case("primary-other-bytes", 5, ("primary.xml.gz", "expected", "found"), changed(lambda data: b"x" * len(data)), real),
        case("primary-short", 5, ("primary.xml.gz", "expected", "found"), changed(lambda data: data[:-9]), real),
        case("primary-endless", 5, ("primary.xml.gz",), endless, real),
    ]


def _laughs():
    """XML entities that double thirty times."""
    entities = "".join(f'<!ENTITY e{i} "&e{i - 1};&e{i - 1};">' for i in range(1, 30))
    return f'<?xml version="1.0"?><!DOCTYPE repomd [<!ENTITY e0 "aaaaaaaa">{entities}]><repomd><revision>&e29;</revision></repomd>'.encode()


def _spoilt(primary, **sizes):
    return {REPOMD: body(repository(primary, **sizes)), _PRIMARY: body(primary)}


def _primaries(world):
    xml = world.rpms.primary()
    package = world.server.content[_PACKAGE]

    def case(name, exit_code, says, primary, verb="lock", after=None, **sizes):
        data = primary if isinstance(primary, bytes) else gzip.compress(primary.encode())
        return Case(name, ("rpm:good",), exit_code, says, _spoilt(data, **sizes), verb=verb, after=after)

    def base(url):
        return xml.replace("<location ", f'<location xml:base="{url}" ')

    def elsewhere(run):
        """A base of its own is followed, but nobody there learns our login."""
        asked = [request for request in run.requests() if request["way"] == "upstream" and request["name"] == moved]
        require(asked and not any("authorization" in request["headers"] for request in asked), f"asked elsewhere: {asked}")

    moved = f"other.example/pool/{PLAIN_LOCATION}"
    spoil = {**_spoilt(gzip.compress(base("https://other.example/pool/").encode())), f"upstream {moved}": body(package)}
    head, tail = xml.split("</summary>", 1)
    swollen = bomb(head.encode(), 6 << 30, f"</summary>{tail}".encode())
    href = f'href="{PLAIN_LOCATION}"'
    weak = xml.replace(f'type="sha256" pkgid="YES">{sha256(package)}', f'type="md5" pkgid="YES">{"0" * 32}')
    require(href in xml and weak != xml, "primary.xml does not look as expected")
    return [
        case("primary-garbage", 5, ("primary.xml.gz",), b"\x00garbage"),
        case("primary-broken-gzip", 5, ("lab",), gzip.compress(xml.encode())[:-40]),
        case("primary-no-xml", 5, ("lab",), "<metadata"),
        case("primary-bomb", 5, ("lab", "repodata/primary.xml.gz", "an element of more than"), swollen),
        case("primary-bomb-that-lies", 5, ("lab", "unpacks to more than 1000 bytes"), swollen, open_size=1000),
        case("primary-claims-exbytes", 5, ("lab",), xml, size=1 << 62),
        case("location-dotdot", 0, (), xml.replace(href, 'href="../../../escaped.rpm"')),
        case("location-absolute", 5, ("/etc/escaped.rpm",), xml.replace(href, 'href="/etc/escaped.rpm"')),
        case("location-url", 5, ("file:///etc/passwd",), xml.replace(href, 'href="file:///etc/passwd"')),
        case("location-dotdot-built", 4, ("https://rpms.example/escaped.rpm",), xml.replace(href, 'href="../../../escaped.rpm"'), verb="build"),
        case("location-base-is-file", 5, ("file:///etc",), base("file:///etc")),
        case("location-base-with-a-login", 5, ("holds a user name or password",), base("https://me:shown-s3cret@other.example/x")),
        case("location-base-of-http", 5, ("http://localhost:1/", "only https"), base("http://localhost:1/")),
        Case("location-base-elsewhere", ("rpm:good",), 0, (), spoil, verb="build", after=elsewhere),
        case("package-of-md5", 5, ("md5",), weak, verb="build"),
        case("package-claims-exbytes", 5, ("plain-1.0-1.noarch",), xml.replace(f'package="{len(package)}"', f'package="{1 << 62}"'), verb="build"),
    ]


def _signatures(world):
    other = world.rpms.other_key.public.read_bytes()
    signed = "rpms.example/indexed/repodata/repomd.xml"

    def built(name, says, wants, spoil=None):
        return Case(name, (wants,), 5, says, spoil or {}, verb="build")

    return [
        built("package-unsigned", ("plain-1.0-1.noarch", "not signed"), "rpm:unsigned"),
        built("package-by-other-key", ("plain-1.0-1.noarch", "key"), "rpm:other"),
        built("package-tampered", ("plain-1.0-1.noarch",), "rpm:tampered"),
        built("package-by-expired-key", ("plain-1.0-1.noarch", "expired"), "rpm:expired"),
        built("package-unsigned-of-both", ("plain-1.0-1.noarch", "not signed"), "rpm:indexed:both"),
        Case("index-signed", ("rpm:indexed:repo",), 0, verb="build", after=check_bundle),
        Case("index-unsigned", ("rpm:good:repo",), 5, ("repomd.xml.asc", "signature")),
        Case("index-unsigned-of-both", ("rpm:good:both",), 5, ("repomd.xml.asc", "signature")),
        Case("index-changed", ("rpm:indexed:repo",), 5, ("repomd.xml",), {signed: changed(lambda data: data + b"\n")}),
        Case("index-of-sha1", ("rpm:weak:repo",), 5, ("repomd.xml vouches for its", "sha1")),
        Case("index-signature-garbage", ("rpm:indexed:repo",), 5, ("signature",), {f"{signed}.asc": body(b"\x00garbage")}),
        Case("index-signature-endless", ("rpm:indexed:repo",), 5, ("repomd.xml.asc",), {f"{signed}.asc": endless}),
        Case("key-of-somebody-else", ("rpm:good",), 5, ("key.asc", world.rpms.key.fingerprint), {_KEY: body(other)}),
        Case("key-garbage", ("rpm:good",), 5, ("key.asc",), {_KEY: body(b"<html>")}),
        Case("key-endless", ("rpm:good",), 5, ("key.asc",), {_KEY: endless}),
    ]


def _packages(world):
    size = len(world.server.content[_PACKAGE])

    def case(name, exit_code, says, behaviour):
        return Case(name, ("rpm:good",), exit_code, ("plain-1.0-1.noarch", *says), {_PACKAGE: behaviour}, verb="build", after=_recovers)

    return [
        case("package-other-bytes", 5, ("expected sha256", "found"), changed(lambda data: bytes(255 - byte for byte in data))),
        case("package-short", 5, (f"expected {size} bytes", f"found {size - 10}"), changed(lambda data: data[:-10])),
        case("package-long", 5, (str(size),), changed(lambda data: data + b"x")),
        case("package-endless", 5, (str(size),), endless),
        case("package-401", 4, ("401 Unauthorized",), status(401)),
        case("package-404", 4, ("not found at",), status(404)),
        case("package-429", 4, ("429 Too Many Requests",), status(429)),
        case("package-500", 4, ("500 Internal Server Error",), status(500)),
    ]


def _recovers(run):
    """Nothing of what was wrong is kept, so that an honest upstream mends it."""
    require(not run.out.exists() and json.loads(run.lock.read_text()), "there is a bundle")
    run.honest("build", "--locked")
    check_bundle(run)
