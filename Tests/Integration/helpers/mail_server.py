"""The SMTP server of the tests: it also keeps what it refused."""

import dataclasses
import email
import email.policy

from harness import SMTPServer


@dataclasses.dataclass(frozen=True)
class RefusedMail:
    """A message that came whole and was refused, or never answered, after the final dot."""

    content: bytes
    reply: str

    @property
    def message(self):
        return email.message_from_bytes(self.content, policy=email.policy.default)


class MailServer(SMTPServer):
    """aiosmtpd by script; `messages` were accepted, `refused` were not."""

    def __init__(self, **options):
        super().__init__(**options)
        self.refused = []

    def restart(self):
        """Comes back on the port it had."""
        self.start(self.port)

    def _session(self):
        session = super()._session()
        take = session._handle_hooks["DATA"]

        async def record(server, client, envelope):
            reply = await take(server, client, envelope)
            if not reply.startswith("250"):
                self.refused.append(RefusedMail(envelope.content, reply))
            return reply

        session._handle_hooks["DATA"] = record
        return session
