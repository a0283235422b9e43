"""Registries."""

import json

from content import REPOSITORY, digest, make_index, noise
from runner import Case, require
from server import body, challenge, changed, endless, huge, redirect, status, unless_authorized

TAG = f"{REPOSITORY}/manifests/1"
_PRIVATE = 'Bearer realm="{realm}",service="lab"'


def cases(world):
    image = world.image
    return _manifests(image) + _blobs(image) + _logins(world)


def _manifests(image):
    evil_index = json.loads(image.index)
    evil_index["manifests"][0]["size"] = 5 << 30
    own = json.dumps({**json.loads(image.index), "manifests": [_row(image.index)]}).encode()
    twice = json.dumps({**json.loads(image.manifest), "layers": [_layer(image, 1), _layer(image, 2)]}).encode()
    return [
        Case("manifest-401", ("image",), 4, ("reg.example/lab/app", "401 Unauthorized", "docker login"), {TAG: status(401)}),
        Case("manifest-403", ("image",), 4, ("/v2/", "403 Forbidden"), {TAG: status(403)}),
        Case("manifest-404", ("image",), 9, ("there is no image reg.example/lab/app:1", "https://reg.example/v2/lab/app/manifests/1"), {TAG: status(404)}),
        Case("manifest-429", ("image",), 4, ("429 Too Many Requests", "asks to wait 3600 s", "--mirrors"), {TAG: status(429)}),
        Case("manifest-500", ("image",), 4, ("500 Internal Server Error",), {TAG: status(500)}),
        Case("manifest-500-retried", ("image",), 4, ("500 Internal Server Error",), {TAG: status(500, Retry_After="0")}, after=_was_asked_six_times),
        Case("manifest-garbage", ("image",), 5, ("reg.example/lab/app",), {TAG: body(b"\x00\xff{[")}),
        Case("manifest-nested-json", ("image",), 5, ("reg.example/lab/app",), {TAG: body(b"[" * (1 << 20))}),
        Case("manifest-1gib", ("image",), 5, (TAG.partition("/v2")[2], "4194304"), {TAG: huge(1 << 30)}),
        Case("manifest-endless", ("image",), 5, ("4194304",), {TAG: endless}),
        Case("manifest-other-bytes", ("image",), 5, ("delivers other bytes: expected " + digest(image.manifest),), {image.manifest_at(): changed(lambda data: data.replace(b"layers", b"LAYERS"))}),
        Case("index-of-itself", ("image",), 5, ("expected sha256:", "found sha256:"), {TAG: body(own), f"{REPOSITORY}/manifests/{digest(image.index)}": body(own)}),
        Case("index-nested", ("image",), 5, ("nests indexes more than",), _nested(image)),
        Case("index-huge-child", ("image",), 5, ("is said to have 5368709120 bytes",), {TAG: body(json.dumps(evil_index).encode())}),
        Case("index-wrong-platform", ("image",), 9, ("has no linux/amd64", "linux/arm64"), {TAG: body(make_index([(image.manifest, "arm64")]))}),
        Case("layer-two-sizes", ("image",), 5, ("two sizes",), {TAG: body(twice)}),
    ]


def _row(data):
    return {"mediaType": json.loads(data)["mediaType"], "digest": digest(data), "size": len(data), "platform": {"os": "linux", "architecture": "amd64"}}


def _layer(image, size):
    return {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(image.layer), "size": size}


def _nested(image):
    """An index in an index in an index …, each with its right digest."""
    document, spoil = image.manifest, {}
    for _ in range(8):
        document = json.dumps({**json.loads(image.index), "manifests": [_row(document)]}).encode()
        spoil[f"{REPOSITORY}/manifests/{digest(document)}"] = body(document)
    return {**spoil, TAG: body(document)}


def _was_asked_six_times(run):
    asked = [request for request in run.requests() if request["way"] == "mirror" and request["name"] == TAG]
    require(len(asked) == 6, f"asked {len(asked)} times, expected 6")


def _blobs(image):
    blob, size = image.layer_at(), len(image.layer)
    other = noise("other", size)

    def case(name, exit_code, says, behaviour):
        return Case(name, ("image",), exit_code, (digest(image.layer)[7:], *says), {blob: behaviour}, verb="build", leaves_partial=True, after=_goes_on)

    return [
        case("blob-other-bytes", 5, (f"expected {size} bytes with sha256", "found "), body(other)),
        case("blob-short", 5, (f"expected {size} bytes", f"found {size - 1000} bytes"), body(image.layer[:-1000])),
        case("blob-empty", 5, (f"expected {size} bytes", "found 0 bytes"), body(b"")),
        case("blob-long", 5, (str(size),), body(image.layer + b"x")),
        case("blob-endless", 5, (str(size),), endless),
        case("blob-1gib", 5, (str(size),), huge(1 << 30)),
        case("blob-401", 4, ("401 Unauthorized",), status(401)),
        case("blob-403", 4, ("403 Forbidden",), status(403)),
        case("blob-404", 4, ("is gone",), status(404)),
        case("blob-429", 4, ("429 Too Many Requests",), status(429)),
        case("blob-500", 4, ("500 Internal Server Error",), status(500)),
        case("blob-to-file", 5, ("redirects to file:///etc/passwd",), redirect("file:///etc/passwd")),
        case("blob-to-gopher", 5, ("redirects to gopher://",), redirect("gopher://localhost/")),
        case("blob-loop", 4, ("redirects more than",), lambda handler: redirect(handler.path)(handler)),
    ]


def _goes_on(run):
    """After the fault, an honest upstream completes what is there, and the bundle is right."""
    run.honest("build", "--locked")
    require(not run.partial.exists(), "DIR.partial is still there")
    check_bundle(run)


def check_bundle(run):
    """Every byte of it, against the digest that build printed."""
    expected = run.stdout.partition("sha256   ")[2].split()[0]
    run.bundle("verify", run.out, "--expect", expected)
    require(run.status == 0, f"verify ended with exit code {run.status}: {run.stderr}")


def _logins(world):
    blob = world.image.layer_at()
    moved = f"{world.other}/{{}}/{blob}"
    token = "reg.example/v2/token"

    def sent_elsewhere(run):
        there = [request for request in run.requests() if request["way"] == "other"]
        require(there, "the redirect was not followed, so this shows nothing")
        logins = [request for request in run.requests() if request["way"] == "mirror" and "authorization" in request["headers"]]
        require(logins, "no login was sent at all, so this shows nothing")

    def private(realm, answer=None):
        """A registry whose challenge leads to `realm`, where `answer` waits."""
        wanted = realm or f"{world.mirror}/{{}}/{token}"
        return lambda run: {TAG: challenge(_PRIVATE.format(realm=wanted.format(run.case.name))), token: answer}

    upstream_asks = challenge('Basic realm="x"')
    split_header = json.dumps({"token": "a\r\nX-Evil: 1"}).encode()
    return [
        Case("login-not-to-blob-host", ("image",), 0, (), lambda run: {blob: unless_authorized(redirect(moved.format(run.case.name)), 'Basic realm="x"')}, verb="build", after=sent_elsewhere),
        Case("login-not-to-upstream", ("image",), 4, ("503",), {TAG: unless_authorized(status(503), 'Basic realm="x"'), f"upstream {TAG}": upstream_asks}),
        Case("realm-is-file", ("image",), 5, ("file:///etc/passwd",), private("file:///etc/passwd")),
        Case("token-garbage", ("image",), 5, (token.rpartition("/")[2],), private("", body(b"<html>"))),
        Case("token-endless", ("image",), 5, (token.rpartition("/")[2],), private("", endless)),
        Case("token-with-newline", ("image",), 5, ("token",), private("", body(split_header))),
        Case("token-403", ("image",), 4, ("403 Forbidden", "docker login"), private("", status(403))),
    ]
