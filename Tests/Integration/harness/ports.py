"""Ports for servers of our own."""

import random
import socket

# Below the range that Linux gives to outgoing connections, so that a server finds its port free again after a restart.
FIRST, LAST = 20000, 32000


def free_port():
    """A port on 127.0.0.1 that nobody listens on."""
    for _ in range(200):
        port = random.randint(FIRST, LAST)
        if not is_open(port) and _can_bind(port):
            return port
    raise OSError(f"no free port between {FIRST} and {LAST}")


def is_open(port):
    """Whether somebody accepts connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _can_bind(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
