"""An upstream with honest content that spoils single answers, case by case, and remembers every request.

It is reached in three ways, which tell the case that asks:
  mirror    http://127.0.0.1:PORT/CASE/HOST/PATH, and /v2/CASE/HOST/… for registries
  other     http://localhost:PORT/CASE/HOST/PATH: the same content at a host that no credential was given for
  upstream  https://HOST/PATH through this server as a proxy whose user is CASE: says 404 to everything, as an upstream
            does that a mirror stands in for, unless the case answers itself
"""

import base64
import hashlib
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

_BLOCK = b"a" * 65536


class Upstream:
    """`content`: "HOST/PATH" -> bytes. `spoil(case, {"HOST/PATH": behaviour})`; see the functions below."""

    def __init__(self, content, certificate):
        self.content = content
        self._spoilt = {}
        self._requests = {}
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.upstream = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spoil(self, case, behaviours):
        with self._lock:
            self._spoilt[case] = behaviours
            self._requests.setdefault(case, [])

    def behaviour(self, case, way, name):
        with self._lock:
            behaviours = self._spoilt.get(case, {})
        return behaviours.get(f"{way} {name}") or (behaviours.get(name) if way == "mirror" else None)

    def record(self, case, request):
        with self._lock:
            self._requests.setdefault(case, []).append(request)

    def requests(self, case):
        with self._lock:
            return list(self._requests.get(case, []))

    def stop(self):
        self.stopping.set()
        self._server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tunnel = None  # (case, host) inside of a CONNECT

    def log_message(self, format, *args):
        pass

    def do_CONNECT(self):
        user = base64.b64decode(self.headers.get("Proxy-Authorization", "Basic Og==")[6:]).decode()
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.upstream.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.tunnel = (user.partition(":")[0], self.path.rpartition(":")[0])

    def do_GET(self):
        upstream = self.server.upstream
        case, way, name = self._asked()
        headers = {key.lower(): value for key, value in self.headers.items()}
        upstream.record(case, {"way": way, "name": name, "method": self.command, "headers": headers})
        self.honest = upstream.content.get(name) if way != "upstream" else None
        behaviour = upstream.behaviour(case, way, name)
        try:
            if behaviour:
                behaviour(self)
            elif self.honest is None:
                self.answer(404, b"not here")
            else:
                self.serve(self.honest)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_HEAD = do_GET
    do_POST = do_GET

    def handle(self):
        try:
            super().handle()
        except (OSError, ssl.SSLError):  # a client that does not like our TLS, or was killed
            pass

    def _asked(self):
        path = unquote(self.path.partition("?")[0])
        if self.tunnel:
            return self.tunnel[0], "upstream", self.tunnel[1] + path
        way = "other" if self.headers.get("Host", "").startswith("localhost") else "mirror"
        is_registry = path.startswith("/v2/")
        words = path[4:] if is_registry else path[1:]
        case, _, rest = words.partition("/")
        host, _, rest = rest.partition("/")
        return case, way, f"{host}/v2/{rest}" if is_registry else f"{host}/{rest}"

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for key, value in dict(headers).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self, body):
        """An honest answer, from the byte on that was asked for."""
        headers = {"ETag": '"' + hashlib.md5(body).hexdigest() + '"'}
        if "/manifests/" in self.path:
            media_type = _media_type(body)
            headers["Content-Type"] = media_type
        start = self.headers.get("Range", "bytes=0-")[6:].partition("-")[0]
        start = min(int(start), len(body))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        self.answer(206 if start else 200, body[start:], headers)

    def pour(self, count):
        """Blocks of 64 KiB as long as somebody takes them."""
        for _ in range(count):
            if self.server.upstream.stopping.is_set():
                break
            self.wfile.write(_BLOCK)


def _media_type(body):
    try:
        return json.loads(body)["mediaType"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "application/vnd.oci.image.manifest.v1+json"


# ---- behaviours


def status(code, **headers):
    """An error; Retry-After beyond our patience, so that nothing is asked again (that is tested on its own)."""
    headers = {"Retry-After": "3600", **{key.replace("_", "-"): value for key, value in headers.items()}}
    return lambda handler: handler.answer(code, b"the server's words", headers)


def body(content):
    return lambda handler: handler.serve(content)


def changed(function):
    """The honest bytes, changed by `function`."""
    return lambda handler: handler.serve(function(handler.honest))


def endless(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while not handler.server.upstream.stopping.is_set():
        handler.wfile.write(b"10000\r\n" + _BLOCK + b"\r\n")


def stalled(handler):
    """Some bytes, then silence for as long as the client waits."""
    handler.answer(200, _BLOCK, length=2 * len(_BLOCK))
    _wait_for_the_client_to_go(handler)


def silent(handler):
    """Not even a status line."""
    _wait_for_the_client_to_go(handler)


def _wait_for_the_client_to_go(handler):
    handler.wfile.flush()
    handler.connection.recv(1)
    handler.close_connection = True


def dripping(handler):
    """A byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.upstream.stopping.wait(0.05):
        handler.wfile.write(b"<")


def huge(size):
    """Announces `size` bytes, and sends them."""

    def behave(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.pour(size // len(_BLOCK))

    return behave


def redirect(location):
    return lambda handler: handler.answer(302, b"moved", {"Location": location})


def unless_authorized(behaviour, challenge):
    """`behaviour` for who brings the login from docker's config.json, 401 with `challenge` for the others."""

    def behave(handler):
        login = handler.headers.get("Authorization", "")
        if login.startswith("Basic ") and b"docker-" in base64.b64decode(login[6:]):
            behaviour(handler)
        else:
            handler.answer(401, b"", {"WWW-Authenticate": challenge})

    return behave


def challenge(text):
    """401 for everybody."""
    return lambda handler: handler.answer(401, b"", {"WWW-Authenticate": text})
