"""An SMTP server of few words: for what aiosmtpd would never say."""

from .acceptor import Acceptor


class LineServer(Acceptor):
    """Answers each command, by its verb, with these lines, 250 where there are none; QUIT ends it."""

    def __init__(self, answers):
        super().__init__()
        self.verbs = []  # what came in plain text
        self._answers = answers

    @property
    def url(self):
        return f"smtp://localhost:{self.port}"

    def serve(self, client):
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
