#!/usr/bin/env python3
"""bench/serve.py BUNDLE KEY.pub [--gib N] [--runs N]: what `bundle serve` gives against nginx with the same bytes as files.

Four clients at once pull the largest blobs of BUNDLE, N GiB (2) in all, in each run (5) from both servers, over loopback:
  http     curl, thrown away
  sha256   curl, and sha256sum over what comes, as every client of a registry has to
  https    curl over TLS, thrown away
Prints the medians in GiB/s and their ratio, and the seconds from the start of `bundle serve` to its first answered pull (a manifest
and a blob). Needs disk for the blobs below build/bench. Run it on a quiet machine.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/bundle-onsite"
CLIENTS = 4


def largest_blobs(index):
    blobs = [entry for entry in index["entries"] if entry["path"].startswith("blobs/") and len(entry["at"]) == 1]
    return sorted(blobs, key=lambda entry: -entry["size"])[:CLIENTS]


def extract(bundle, index, entry, folder):
    part, offset, size = entry["at"][0]
    with open(bundle / index["parts"][part]["name"], "rb") as source:
        source.seek(offset)
        (folder / entry["sha256"]).write_bytes(source.read(size))


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    folder / "tls.key", "-out", folder / "tls.crt", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-days", "2"], check=True, stderr=subprocess.DEVNULL)


class Serve:
    """`bundle serve`, plain or over TLS."""

    def __init__(self, bundle, key, tls_folder=None):
        argv = [PROGRAM, "serve", bundle, "--key", key, "--listen", "127.0.0.1:0"]
        if tls_folder:
            argv += ["--tls-cert", tls_folder / "tls.crt", "--tls-key", tls_folder / "tls.key"]
        self.began = time.monotonic()
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.url = next(match[1] for line in self.process.stderr if (match := re.match(r"serving .* on (.*)", line)))

    def blob(self, sha256):
        return f"{self.url}/v2/{self.repository}/blobs/sha256:{sha256}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Nginx:
    """The same blobs as files, with sendfile, as many workers as processors."""

    def __init__(self, folder):
        (folder / "nginx.conf").write_text(f"""
daemon off; user root; worker_processes auto; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
  sendfile on; tcp_nopush on; access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:18480; root {folder}; }}
  server {{ listen 127.0.0.1:18443 ssl; root {folder}; ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key; }}
}}
""")
        self.process = subprocess.Popen(["nginx", "-e", "stderr", "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            if subprocess.run(["curl", "-s", "-o", "/dev/null", "http://127.0.0.1:18480/"]).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("nginx does not start")

    def blob(self, sha256, tls=False):
        return f"https://127.0.0.1:18443/{sha256}" if tls else f"http://127.0.0.1:18480/{sha256}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pull(urls, repeats, checks):
    """Bytes a second of all clients together; each pulls its blob again and again over one connection."""
    began = time.monotonic()
    clients = []
    for url, repeat in zip(urls, repeats):
        curl = ["curl", "-sfk"] + [word for _ in range(repeat) for word in (["-o", "-", url] if checks else ["-o", "/dev/null", url])]
        client = subprocess.Popen(curl, stdout=subprocess.PIPE if checks else None)
        clients.append(client)
        if checks:
            clients.append(subprocess.Popen(["sha256sum"], stdin=client.stdout, stdout=subprocess.DEVNULL))
            client.stdout.close()
    for client in clients:
        if client.wait() != 0:
            raise SystemExit(f"a client ended with {client.returncode}")
    return time.monotonic() - began


def first_pull(bundle, key, index):
    """Seconds from the start to a manifest and a blob in the hands of a client."""
    serve = Serve(bundle, key)
    name, tag = index["images"][0]["ref"].rsplit(":", 1)
    urllib.request.urlopen(f"{serve.url}/v2/{name}/manifests/{tag}").read()
    urllib.request.urlopen(f"{serve.url}/v2/{name}/blobs/sha256:{largest_blobs(index)[0]['sha256']}").read()
    seconds = time.monotonic() - serve.began
    serve.stop()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("key")
    parser.add_argument("--gib", type=float, default=2)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    index = json.loads((options.bundle / "bundle.json").read_text())
    Serve.repository = index["images"][0]["ref"].rsplit(":", 1)[0]
    work = ROOT / "build/bench"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        blobs = largest_blobs(index)
        for blob in blobs:
            extract(options.bundle, index, blob, folder)
        make_certificate(folder)
        measure(options, index, folder, blobs)


def measure(options, index, folder, blobs):
    share = options.gib * 2**30 / CLIENTS
    repeats = [max(1, round(share / blob["size"])) for blob in blobs]
    total = sum(repeat * blob["size"] for repeat, blob in zip(repeats, blobs))
    starts = statistics.median(first_pull(options.bundle, options.key, index) for _ in range(options.runs))
    print(f"first pull after {starts:.2f} s; {total / 2**30:.1f} GiB in {CLIENTS} clients, {options.runs} runs, {os.cpu_count()} processors")
    nginx, plain, tls = Nginx(folder), Serve(options.bundle, options.key), Serve(options.bundle, options.key, folder)
    for row, ours, is_tls, checks in (("http", plain, False, False), ("sha256", plain, False, True), ("https", tls, True, False)):
        rates = {"serve": [], "nginx": []}
        for _ in range(options.runs):
            rates["serve"].append(total / pull([ours.blob(blob["sha256"]) for blob in blobs], repeats, checks))
            rates["nginx"].append(total / pull([nginx.blob(blob["sha256"], is_tls) for blob in blobs], repeats, checks))
        serve_rate, nginx_rate = (statistics.median(rates[name]) for name in ("serve", "nginx"))
        print(f"{row:7} serve {serve_rate / 2**30:5.2f} GiB/s   nginx {nginx_rate / 2**30:5.2f} GiB/s   {serve_rate / nginx_rate:.2f} x")
    for server in (nginx, plain, tls):
        server.stop()


if __name__ == "__main__":
    main()
