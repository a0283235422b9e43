#!/usr/bin/env python3
"""slow_clients.py ADDR:PORT PATH: 500 connections that take all they can of a server and give as little as they can.

From each of eight addresses: half of those that get in ask for PATH over TLS and never read the answer, the others drip a head
that never ends. Whoever is cut off tries again. Prints "all there" when all were tried, and goes on."""
import socket
import ssl
import sys
import time

host, port = sys.argv[1].rsplit(":", 1)
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
SOURCES = [f"127.0.1.{number}" for number in range(1, 9)]
TRIES = 63


def connect(source):
    """None where the server closes at once."""
    raw = socket.create_connection((host, int(port)), timeout=5, source_address=(source, 0))
    try:
        return context.wrap_socket(raw)
    except OSError:
        raw.close()
        return None


def is_cut_off(client):
    try:
        client.send(b"a")
        return False
    except OSError:
        return True


drippers, readers, refused = [], [], 0
for number in range(TRIES):
    for source in SOURCES:
        client = connect(source)
        if client is None:
            refused += 1
        elif number % 2:
            client.send(f"GET {sys.argv[2]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            readers.append(client)
        else:
            drippers.append((source, client))
            client.send(b"GET / HTTP/1.1\r\nX: ")
print(f"{len(drippers)} drip, {len(readers)} do not read, {refused} were refused", flush=True)
print("all there", flush=True)
while True:
    for place, (source, client) in enumerate(drippers):
        if client is None or is_cut_off(client):
            drippers[place] = (source, connect(source))
    time.sleep(0.5)  # between two drops
