#!/usr/bin/env python3
"""An upstream that misbehaves on purpose: each path is a behaviour (see ROUTES).

Listens on a free loopback port, prints it, and ends when its stdin closes. GET /log gives all requests so far
as JSON. With --tls CERT KEY it speaks https.
"""

import argparse
import json
import ssl
import sys
import threading
import time
from email.utils import formatdate
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
REQUESTS = []
COUNTS = {}
AT_ONCE = {}
MOST = {}
LOCK = threading.Lock()
STOPPING = threading.Event()


@lru_cache(maxsize=None)
def content(size, seed=0):
    """The same bytes as `test_content` in tests/support/test_server.hpp."""
    return bytes((i * 7 + i // 251 + seed) % 256 for i in range(size))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.words = parts.path.strip("/").split("/")
        with LOCK:
            COUNTS[self.path] = COUNTS.get(self.path, 0) + 1
            self.count = COUNTS[self.path]
            if self.words != ["log"]:
                headers = {key.lower(): value for key, value in self.headers.items()}
                REQUESTS.append({"method": self.command, "path": self.path, "headers": headers, "port": self.client_address[1]})
        if self.command == "POST":
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        route = ROUTES.get(self.words[0], Handler.missing)
        try:
            route(self)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_HEAD = do_GET
    do_POST = do_GET

    def do_CONNECT(self):
        """As a proxy that opens no way: to `NUMBER.invalid:443` it answers NUMBER."""
        with LOCK:
            REQUESTS.append({"method": self.command, "path": self.path, "headers": {}, "port": self.client_address[1]})
        self.answer(int(self.path.partition(".")[0]), b"the proxy's words", {"Proxy-Authenticate": 'Basic realm="x"'})
        self.close_connection = True

    def log_message(self, format, *args):
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for key, value in dict(headers).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def range_start(self):
        value = self.headers.get("Range", "")
        return int(value[6:].partition("-")[0]) if value.startswith("bytes=") else 0

    def range_end(self, size):
        """After the last byte that was asked for."""
        last = self.headers.get("Range", "").partition("-")[2]
        return min(int(last) + 1, size) if last else size

    def break_off(self):
        self.wfile.flush()
        self.close_connection = True

    def ranged(self, body, sent, etag):
        """Answers with at most `sent` of the bytes that were asked for; breaks off when that is not all."""
        start, end = self.range_start(), self.range_end(len(body))
        if self.headers.get("If-Range", etag) != etag:
            start, end = 0, len(body)
        headers = {"ETag": etag, "Accept-Ranges": "bytes"}
        is_part = start > 0 or end < len(body)
        if is_part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
        rest = body[start:end]
        self.answer(206 if is_part else 200, rest[:sent], headers, length=len(rest))
        if sent < len(rest):
            self.break_off()

    # /ok/SIZE
    def ok(self):
        self.ranged(content(int(self.words[1])), 1 << 40, '"v1"')

    # /broken/SIZE/SENT: each answer breaks off after SENT bytes, and goes on by Range
    def broken(self):
        self.ranged(content(int(self.words[1])), int(self.words[2]), '"v1"')

    # /no-range/SIZE/SENT: the first answer breaks off; Range is ignored
    def no_range(self):
        body = content(int(self.words[1]))
        sent = int(self.words[2]) if self.count == 1 else len(body)
        self.answer(200, body[:sent], length=len(body))
        if sent < len(body):
            self.break_off()

    # /refuses-range/SIZE/STATUS: 416, or 206 with another range, for any Range
    def refuses_range(self):
        if "Range" in self.headers:
            return self.answer(int(self.words[2]), b"x" * 10, {"Content-Range": "bytes 1-10/11"})
        self.answer(200, content(int(self.words[1])))

    # /piecemeal/SIZE/SENT: to a Range at most SENT bytes; without one the answer breaks off after SENT
    def piecemeal(self):
        body, sent, start = content(int(self.words[1])), int(self.words[2]), self.range_start()
        if start == 0:
            self.answer(200, body[:sent], length=len(body))
            return self.break_off()
        end = min(start + sent, len(body))
        self.answer(206, body[start:end], {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"})

    # /together/NAME: takes a moment; /most/NAME says how many of them there were at once
    def together(self):
        name = self.words[1]
        with LOCK:
            AT_ONCE[name] = AT_ONCE.get(name, 0) + 1
            MOST[name] = max(MOST.get(name, 0), AT_ONCE[name])
        time.sleep(0.05)
        with LOCK:
            AT_ONCE[name] -= 1
        self.answer(200)

    def most(self):
        self.answer(200, str(MOST[self.words[1]]).encode())

    # /changing/SIZE/SENT: the first answer breaks off; then the content is another, with or without a tag
    def changing(self):
        sent = int(self.words[2]) if self.count == 1 else 1 << 40
        seed = 0 if self.count == 1 else 1
        etag = f'W/"{seed}"' if "weak" in self.query else f'"{seed}"'
        self.ranged(content(int(self.words[1]), seed), sent, etag)

    # /wrong-range: always sends bytes from 1 on
    def wrong_range(self):
        self.answer(206, b"x" * 10, {"Content-Range": "bytes 1-10/11"})

    # /endless: a chunked body without end; ?status=
    def endless(self):
        self.send_response(int(self.query.get("status", 200)))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        block = b"%x\r\n" % 65536 + b"a" * 65536 + b"\r\n"
        while not STOPPING.is_set():
            self.wfile.write(block)

    # /huge/SIZE: announces so much, sends it as long as somebody reads
    def huge(self):
        self.send_response(200)
        self.send_header("Content-Length", self.words[1])
        self.end_headers()
        for _ in range(int(self.words[1]) // 65536):
            self.wfile.write(b"a" * 65536)

    # /stall/SENT: some bytes, then silence; /stall: silence at once
    def stall(self):
        if len(self.words) > 1:
            self.answer(200, content(int(self.words[1])), length=int(self.words[1]) + 1000)
            self.wfile.flush()
        self.connection.settimeout(20)
        try:
            self.connection.recv(1)  # until the client gives up
        except OSError:
            pass
        self.close_connection = True

    # /stall-once/SIZE/SENT: the first answer stalls, later ones go on by Range
    def stall_once(self):
        if self.count > 1:
            return self.ranged(content(int(self.words[1])), 1 << 40, '"v1"')
        body = content(int(self.words[1]))
        self.answer(200, body[: int(self.words[2])], {"ETag": '"v1"'}, length=len(body))
        self.wfile.flush()
        self.connection.settimeout(20)
        try:
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True

    # /drip: a byte now and then
    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not STOPPING.wait(0.02):
            self.wfile.write(b"a")
            self.wfile.flush()

    # /endless-headers
    def endless_headers(self):
        self.send_response(200)
        self.flush_headers()
        while not STOPPING.is_set():
            self.wfile.write(b"X-Filler: " + b"a" * 1000 + b"\r\n")

    # /status/CODE; ?times=N: only N times, then 200; ?after=TEXT: Retry-After; ?date=SECONDS: as a date
    def status(self):
        headers = {}
        if "after" in self.query:
            headers["Retry-After"] = self.query["after"]
        if "date" in self.query:
            headers["Retry-After"] = formatdate(time.time() + int(self.query["date"]), usegmt=True)
        if self.count > int(self.query.get("times", 1 << 30)):
            return self.answer(200, b"at last")
        self.answer(int(self.words[1]), b"the server's words", headers)

    # /redirect?to=URL; ?status=
    def redirect(self):
        self.answer(int(self.query.get("status", 302)), b"moved", {"Location": self.query["to"]})

    # /loop
    def loop(self):
        self.answer(302, b"", {"Location": "/loop"})

    # /echo: what the client sent, as JSON
    def echo(self):
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.answer(200, json.dumps(headers).encode())

    # /garbage: no JSON
    def garbage(self):
        self.answer(200, b"\x00\xff{[", {"Content-Type": "application/json"})

    # /no-http: an answer that is no HTTP
    def no_http(self):
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.break_off()

    # /v2/BEHAVIOUR/manifests/REF, /v2/BEHAVIOUR/blobs/DIGEST: a registry
    def registry(self):
        route = REGISTRY_ROUTES.get(self.words[1], Handler.missing)
        route(self)

    # An index whose only entry is meant to be the index itself (no digest can do that, so the bytes are wrong).
    def self_index(self):
        entry = {"mediaType": OCI_INDEX, "digest": "sha256:" + "a" * 64, "size": 200}
        body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}).encode()
        self.answer(200, body, {"Content-Type": OCI_INDEX})

    # Tokens for user me:secret; blobs lie at the --other server, /ok/SIZE.
    def private(self):
        if self.headers.get("Authorization") != "Bearer lab-token":
            realm = f"http://127.0.0.1:{self.server.server_address[1]}/token"
            return self.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}",service="lab"'})
        self.answer(307, b"", {"Location": self.server.other})

    # /token
    def token(self):
        is_right = self.headers.get("Authorization") == "Basic bWU6c2VjcmV0"
        self.answer(200 if is_right else 401, b'{"token": "lab-token"}')

    def huge_manifest(self):
        self.words = ["huge", str(1 << 30)]
        self.huge()

    def stalled_manifest(self):
        self.words = ["stall"]
        self.stall()

    def forbidden(self):
        self.answer(403, b'{"errors": [{"code": "DENIED", "message": "not for you"}]}')

    def log(self):
        with LOCK:
            body = json.dumps(REQUESTS).encode()
        self.answer(200, body)

    def missing(self):
        self.answer(404, b"not here")


ROUTES = {
    "ok": Handler.ok,
    "broken": Handler.broken,
    "no-range": Handler.no_range,
    "refuses-range": Handler.refuses_range,
    "piecemeal": Handler.piecemeal,
    "together": Handler.together,
    "most": Handler.most,
    "changing": Handler.changing,
    "wrong-range": Handler.wrong_range,
    "endless": Handler.endless,
    "huge": Handler.huge,
    "stall": Handler.stall,
    "stall-once": Handler.stall_once,
    "drip": Handler.drip,
    "endless-headers": Handler.endless_headers,
    "status": Handler.status,
    "redirect": Handler.redirect,
    "loop": Handler.loop,
    "echo": Handler.echo,
    "garbage": Handler.garbage,
    "no-http": Handler.no_http,
    "log": Handler.log,
    "token": Handler.token,
    "v2": Handler.registry,
}
REGISTRY_ROUTES = {
    "endless": Handler.endless,
    "forbidden": Handler.forbidden,
    "garbage": Handler.garbage,
    "huge": Handler.huge_manifest,
    "private": Handler.private,
    "self": Handler.self_index,
    "stalled": Handler.stalled_manifest,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--other", metavar="URL", help="where private blobs lie")
    arguments = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.other = arguments.other
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    STOPPING.set()


if __name__ == "__main__":
    main()
