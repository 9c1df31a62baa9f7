"""A DNS server that takes its time, for one process alone."""

import os
import pathlib
import socket
import struct
import threading

_A, _IN = 1, 1


class NameServer:
    """Answers every name with 127.0.0.1, `delay` seconds after it was asked; needs root.

    `within` is the command that makes it the resolver of one process: a mount namespace with a resolv.conf of its own.
    """

    def __init__(self, folder, delay=0.0):
        self.delay = delay
        self.asked = []
        self._folder = pathlib.Path(folder)
        # Port 53 of an address that no other run has.
        self._address = f"127.{os.getpid() >> 16 & 0xFF}.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF or 1}"
        self._socket = self._thread = None
        self._stopping = threading.Event()

    @property
    def within(self):
        mounts = " && ".join(f"mount --bind '{self._folder / name}' /etc/{name}" for name in ("resolv.conf", "nsswitch.conf"))
        return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]

    def __enter__(self):
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "resolv.conf").write_text(f"nameserver {self._address}\noptions timeout:5 attempts:1\n")
        (self._folder / "nsswitch.conf").write_text("hosts: files dns\n")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self._address, 53))
        self._socket.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self, server):
        while not self._stopping.is_set():
            try:
                query, client = server.recvfrom(1500)
            except TimeoutError:
                continue
            name, kind = _question(query)
            self.asked.append(name)
            threading.Timer(self.delay, self._answer, (server, query, kind, client)).start()

    def _answer(self, server, query, kind, client):
        try:
            server.sendto(_response(query, kind), client)
        except OSError:
            pass  # it was stopped meanwhile


def _question(query):
    """The name that is asked for, and the type of record."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack_from("!H", query, at + 1)[0]


def _response(query, kind):
    """RFC 1035 §4.1: the question again, and one address where an IPv4 one is asked for; else no answer."""
    end = query.index(b"\0", 12) + 5
    has_address = kind == _A
    # Flags: a response, recursion desired and available, no error.
    header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, int(has_address), 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, _A, _IN, 0, 4) + socket.inet_aton("127.0.0.1")
    return header + query[12:end] + (record if has_address else b"")
