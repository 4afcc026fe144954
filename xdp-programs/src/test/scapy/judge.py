"""Judges the frames that left the balancer: each line of stdin is KIND and the frame in hexadecimal.

KIND is `tunnel` (an outer header was written) or `answer` (a frame of the balancer's own). Scapy takes the frame apart and puts
it together again with every length and checksum of what the balancer wrote left to scapy: the bytes have to be the same.
Prints the number of frames judged; a frame that is wrong ends it with status 1.
"""

import sys

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6PacketTooBig, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

GUE_SOURCE_PORTS = range(0xC000, 0x10000)


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def as_raw(layer):
    """Whatever a layer carries, as bytes that nobody takes apart."""
    carried = bytes(layer.payload)
    layer.remove_payload()
    return Raw(carried) if carried else None


def outer_ip(frame):
    ip = frame.getlayer(IP) if IP in frame else frame.getlayer(IPv6)
    for kind in (IP, IPv6):  # the first of both
        layer = frame.getlayer(kind)
        if layer is not None and len(bytes(layer)) >= len(bytes(ip)):
            ip = layer
    require(ip is not None, "no IP header")
    return ip


def without_padding(ip):
    length = ip.len if isinstance(ip, IP) else ip.plen + 40
    return bytes(ip)[:length], len(bytes(ip)) - length


def forget_lengths(ip):
    if isinstance(ip, IP):
        del ip.len, ip.chksum
    else:
        del ip.plen


def judge_tunnel(ip):
    require((ip.ttl if isinstance(ip, IP) else ip.hlim) == 64, "the outer TTL is not 64")
    if isinstance(ip, IP):
        require(ip.flags == "DF" and ip.id == 0 and ip.frag == 0, "the outer packet may be fragmented")
    protocol = ip.proto if isinstance(ip, IP) else ip.nh
    if protocol == 17:
        udp = UDP(bytes(ip.payload))
        require(udp.sport in GUE_SOURCE_PORTS, "GUE from port %d" % udp.sport)
        require(udp.chksum == 0, "a GUE checksum")
        inner = as_raw(udp)
        del udp.len
        ip.remove_payload()
        return ip / udp / inner
    require(protocol in (4, 41), "outer protocol %d" % protocol)
    inner = as_raw(ip)
    require(bytes(inner)[0] >> 4 == (4 if protocol == 4 else 6), "the outer protocol is not that of the inner packet")
    return ip / inner


def judge_answer(ip):
    for kind in (ICMP, ICMPv6EchoReply, ICMPv6PacketTooBig):
        if kind in ip:
            icmp = ip[kind]
            break
    else:
        raise AssertionError("an answer that is no ICMP")
    quote = as_raw(icmp)
    if isinstance(icmp, ICMP):
        require(icmp.type in (0, 3), "ICMP type %d" % icmp.type)
        del icmp.chksum
    else:
        del icmp.cksum
    if quote is not None:
        icmp.add_payload(quote)
    return ip


def judge(kind, frame):
    whole = Ether(frame)
    ip, padding = without_padding(outer_ip(whole))
    packet = (IP if ip[0] >> 4 == 4 else IPv6)(ip)
    rebuilt = judge_tunnel(packet) if kind == "tunnel" else judge_answer(packet)
    forget_lengths(rebuilt)
    require(bytes(rebuilt) == ip, "scapy makes %s of it" % bytes(rebuilt).hex())
    require(padding < 64, "%d bytes behind the packet" % padding)


def main():
    judged = 0
    for line in sys.stdin:
        kind, text = line.split()
        try:
            judge(kind, bytes.fromhex(text))
        except Exception as problem:  # whatever scapy stumbles over is a finding
            sys.exit("%s %s: %s" % (kind, text, problem))
        judged += 1
    print(judged)


main()
