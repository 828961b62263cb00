"""Tries to send something from the receiver's machine to the sender's, by every way a program has. Prints one JSON line per attempt.

    talk-back.py INTERFACE OWN_ADDRESS FAR_ADDRESS [bypass]

"sent" means only that the kernel took it. With `bypass`: raw frames past the queueing layer (PACKET_QDISC_BYPASS), and nothing else.
"""

import json
import socket
import struct
import sys

INTERFACE, OWN, FAR = sys.argv[1:4]
REPEATS = 3
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
EXPERIMENTAL = 0x88B5  # IEEE 802, local experimental ethertype
BROADCAST = b"\xff" * 6
OUR_MAC = bytes.fromhex("020000000002")


def attempt(kind, action):
    for _ in range(REPEATS):
        try:
            action()
            outcome = "sent"
        except (OSError, BlockingIOError) as error:
            outcome = "sent" if isinstance(error, BlockingIOError) else f"refused: {error.strerror}"
        print(json.dumps({"kind": kind, "outcome": outcome}), flush=True)


def udp(address, family=socket.AF_INET, port=47000, multicast=False):
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, INTERFACE.encode())
        if multicast:
            membership = socket.inet_aton(address) + socket.inet_aton(OWN)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(OWN))
        scope = (0, socket.if_nametoindex(INTERFACE)) if family == socket.AF_INET6 else ()
        sender.sendto(b"anybody there?", (address, port, *scope))


def reply_from_the_links_own_port():
    """The same four numbers as the flow, the other way round."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sender.bind((OWN, 47000))
        except OSError:
            pass  # the station has it
        sender.sendto(b"ack", (FAR, 47000))


def tcp():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        caller.connect((FAR, 502))


def icmp(kind):
    echo = struct.pack("!BBHHH", 8, 0, 0, 1, 1)
    total = sum(struct.unpack("!4H", echo))
    echo = struct.pack("!BBHHH", 8, 0, ~(total + (total >> 16)) & 0xFFFF, 1, 1)
    with socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP) as caller:
        caller.sendto(echo, (FAR, 0))


def frame(destination, ethertype, payload, bypass=False):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        if bypass:
            wire.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        wire.bind((INTERFACE, 0))
        wire.send((destination + OUR_MAC + struct.pack("!H", ethertype) + payload).ljust(60, b"\0"))


def arp():
    own, far = socket.inet_aton(OWN), socket.inet_aton(FAR)
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + OUR_MAC + own + BROADCAST + far


if sys.argv[4:] == ["bypass"]:
    attempt("raw frame past the queueing layer", lambda: frame(BROADCAST, EXPERIMENTAL, b"bypass", bypass=True))
else:
    attempt("UDP", lambda: udp(FAR))
    attempt("UDP reply with the flow's own numbers", reply_from_the_links_own_port)
    attempt("UDP broadcast", lambda: udp("255.255.255.255"))
    attempt("UDP multicast, with IGMP", lambda: udp("224.0.0.251", port=5353, multicast=True))
    attempt("UDP to an unknown neighbour, with ARP", lambda: udp("192.0.2.77"))
    attempt("UDP IPv6 multicast", lambda: udp("ff02::1", family=socket.AF_INET6))
    attempt("TCP", tcp)
    attempt("ICMP echo, ping socket", lambda: icmp(socket.SOCK_DGRAM))
    attempt("ICMP echo, raw socket", lambda: icmp(socket.SOCK_RAW))
    attempt("ARP reply as a raw frame", lambda: frame(BROADCAST, 0x0806, arp()))
    attempt("raw frame of another protocol", lambda: frame(BROADCAST, EXPERIMENTAL, b"raw"))
