"""What each small server on loopback does before it says its first word."""

import socket
import threading


class Acceptor:
    """Listens on a free port and gives each connection to `serve`, on a thread of its own, until the `with` ends."""

    def __init__(self):
        self.port = 0
        self._listener = None

    def serve(self, client):
        raise NotImplementedError

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # `close` alone does not wake the thread in `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()
