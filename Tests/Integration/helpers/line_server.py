"""An SMTP server of few words: for what aiosmtpd would never say."""

import socket
import threading


class LineServer:
    """Answers each command, by its verb, with these lines, 250 where there are none; QUIT ends it."""

    def __init__(self, answers):
        self.verbs = []  # what came in plain text
        self.port = 0
        self._answers = answers
        self._listener = None

    @property
    def url(self):
        return f"smtp://localhost:{self.port}"

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
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client, client.makefile("rb") as lines:
                client.sendall(b"220 mail.example.test\r\n")
                for line in lines:
                    if line.startswith(b"\x16\x03"):  # a handshake (RFC 8446 §5.1), which this one does not know
                        return
                    verb = line.split()[0].decode("ascii", "replace").upper() if line.split() else ""
                    self.verbs.append(verb)
                    if verb == "QUIT":
                        client.sendall(b"221 bye\r\n")
                        return
                    client.sendall(self._answers.get(verb, "250 ok").encode() + b"\r\n")
        except OSError:
            pass  # the client went
