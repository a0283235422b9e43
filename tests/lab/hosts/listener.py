"""Runs in the site's namespace: writes down every DNS query and every packet for the outside, one line each time it is new.

    dns SOURCE NAME              a query to the site's name server, answered with "no such name"
    out SOURCE DESTINATION PROTO PORT   a packet that came to the gateway for an address that is not its own

Formats: RFC 1035 section 4.1, RFC 791, RFC 8200.
"""

import socket
import struct
import sys
from ipaddress import ip_address
from selectors import EVENT_READ, DefaultSelector

_IPV4, _IPV6 = 0x0800, 0x86DD
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
_NXDOMAIN = 0x8183  # response, recursion desired and available, no such name


def main():
    gateway, bridge, log_path = sys.argv[1:]
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    packets.bind((bridge, 0))
    own_mac = packets.getsockname()[4]
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((gateway, 53))
    selector = DefaultSelector()
    for source in (packets, names):
        selector.register(source, EVENT_READ)
    with open(log_path, "a", buffering=1) as log:
        seen = set()
        print("listening", flush=True)
        while True:
            for key, _ in selector.select():
                line = _answer(names) if key.fileobj is names else _outgoing(packets.recv(65535), own_mac, gateway)
                if line and line not in seen:
                    seen.add(line)
                    log.write(line + "\n")


def _answer(names):
    query, sender = names.recvfrom(4096)
    name, end = _question(query)
    if not name:
        return None
    names.sendto(query[:2] + struct.pack("!HHHHH", _NXDOMAIN, 1, 0, 0, 0) + query[12:end], sender)
    return f"dns {sender[0]} {name}"


def _question(query):
    """The first name of a query and where its question ends; ("", 0) when it is none."""
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    return (".".join(labels), at + 5) if labels and at + 5 <= len(query) else ("", 0)


def _outgoing(frame, own_mac, gateway):
    """The line for a frame that is for the gateway but not for its address."""
    if len(frame) < 34 or frame[:6] != own_mac:
        return None
    kind = struct.unpack("!H", frame[12:14])[0]
    if kind == _IPV4:
        source, target, protocol = ip_address(frame[26:30]), ip_address(frame[30:34]), frame[23]
        body = frame[14 + 4 * (frame[14] & 15) :]
    elif kind == _IPV6 and len(frame) >= 54:
        source, target, protocol = ip_address(frame[22:38]), ip_address(frame[38:54]), frame[20]
        body = frame[54:]
    else:
        return None
    if str(target) == gateway or target.is_multicast or target.is_link_local:
        return None
    port = struct.unpack("!H", body[2:4])[0] if protocol in (6, 17) and len(body) >= 4 else 0
    return f"out {source} {target} {_PROTOCOLS.get(protocol, protocol)} {port}"


if __name__ == "__main__":
    main()
