"""Attacks that talk to the outside: no socket of any family, the grader's own pipes apart."""

from __future__ import annotations

from .attack import SAME, Attack


def _talks(name: str, rows: tuple[int, ...], does: str, act: str, **more: object) -> Attack:
    return Attack(f"network_exfil_{name}", rows, does, "seccomp", act="import socket\n" + act, **more)  # type: ignore[arg-type]


ATTACKS = (
    _talks(
        "tcp",
        (10,),
        "sends what it has found to a server",
        """
with socket.create_connection(("127.0.0.1", @TCP@), 2) as line:
    line.sendall(b"found")
return "sent"
""",
        quick=True,
    ),
    _talks(
        "tcp6",
        (10, 11),
        "the same over IPv6",
        """
try:
    line = socket.create_connection(("::1", @TCP6@), 2)
except OSError as error:
    if error.errno in (97, 99, 101):
        say("ABSENT", error)
    raise
line.sendall(b"found")
return "sent"
""",
    ),
    _talks(
        "udp",
        (11,),
        "sends datagrams, which Landlock does not see",
        """
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"found", ("127.0.0.1", @UDP@))
return "sent"
""",
    ),
    _talks(
        "mptcp",
        (11,),
        "multipath TCP, which Landlock took for another protocol",
        """
try:
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
except OSError as error:
    if error.errno in (92, 93):
        say("ABSENT", error)
    raise
line.connect(("127.0.0.1", @TCP@))
return "sent"
""",
    ),
    _talks(
        "netlink",
        (11,),
        "asks the kernel about the network",
        """
line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
line.bind((0, 0))
return "a netlink socket"
""",
    ),
    _talks(
        "packet",
        (11,),
        "raw packets",
        """
return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
""",
        privileged=True,
    ),
    _talks(
        "vsock",
        (11,),
        "talks to the host of a virtual machine",
        """
try:
    return socket.socket(40, socket.SOCK_STREAM)
except OSError as error:
    if error.errno == 97:
        say("ABSENT", error)
    raise
""",
    ),
    _talks(
        "listen",
        (10,),
        "waits to be called",
        """
return socket.create_server(("127.0.0.1", 0))
""",
    ),
    _talks(
        "name_look_up",
        (11,),
        "hides what it sends in a question for a host's name",
        """
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.connect(("127.0.0.1", 53))
return "could ask"
""",
    ),
    Attack(
        "unix_socket_abuse",
        rows=(12,),
        does="calls a service of the machine by its socket's path",
        stopped_by="seccomp",
        act="""
        import socket
        line = socket.socket(socket.AF_UNIX)
        line.connect("@UNIX@")
        return "called"
        """,
    ),
    Attack(
        "unix_socket_abstract",
        rows=(12,),
        does="the same by an abstract name",
        stopped_by="seccomp",
        act="""
        import socket
        line = socket.socket(socket.AF_UNIX)
        line.connect("\\0@ABSTRACT@")
        return "called"
        """,
    ),
    Attack(
        "unix_socket_datagrams",
        rows=(12,),
        does="turns one of a pair of sockets outwards, and writes to the machine's log",
        stopped_by="seccomp",
        act="""
        import socket
        got = []
        for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            for where in ("@LOG@", "@UNIX@", "\\0@ABSTRACT@"):
                try:
                    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
                    theirs.close()
                    ours.connect(where)
                    ours.send(b"found")
                    got.append(f"{kind.name} to {where!r}")
                except OSError as error:
                    say("REFUSED", error)
        return got
        """,
    ),
    Attack(
        "pair_of_sockets",
        rows=(12,),
        does="talks to itself by a pair of sockets, which asyncio does and which is allowed",
        stopped_by="nothing",
        act="""
        import asyncio, socket
        ours, theirs = socket.socketpair()
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"
        asyncio.run(asyncio.sleep(0))
        """,
        without=SAME,
    ),
)
