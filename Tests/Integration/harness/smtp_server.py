"""An SMTP server that another project wrote: aiosmtpd, with STARTTLS, AUTH and answers by script."""

import asyncio
import dataclasses
import email
import email.policy
import ssl
import threading

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from .deadlines import wait_until

CLOSE = "close"  # an answer: the connection is cut instead


@dataclasses.dataclass(frozen=True)
class ReceivedMail:
    """A message that the server took."""

    sender: str
    recipients: tuple
    content: bytes
    over_tls: bool
    login: str

    @property
    def message(self):
        """Parsed by Python's email package."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def part(self, subtype="plain"):
        """The text of its text/plain or text/html part."""
        return self.message.get_body((subtype,)).get_content()


class SMTPServer:
    """Listens on a free port of 127.0.0.1 from `start` to `stop`; keeps each message it accepts.

    With `certificate` (file, key file) it offers STARTTLS or, `implicit_tls`, speaks TLS from the first byte; with
    `credentials` (user, password) it demands a login.
    """

    def __init__(self, certificate=None, credentials=None, implicit_tls=False):
        self.messages = []
        self.commands = []
        self.port = None
        self._credentials = credentials
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        self._implicit_tls = implicit_tls
        if certificate:
            self.present(certificate)
        self._answers = {}
        self._delay = 0.0
        self._lock = threading.Lock()
        self._loop = self._thread = self._listener = None
        self._connections = set()

    @property
    def url(self):
        if self._implicit_tls:
            return f"smtps://localhost:{self.port}"
        return f"smtp://localhost:{self.port}" if self._context else f"smtp://127.0.0.1:{self.port}"

    def present(self, certificate):
        """Shows another certificate (file, key file) from the next handshake on."""
        self._context.load_cert_chain(*certificate)

    def answer(self, step, reply, times=None, recipient=None):
        """From now on `reply` ("451 4.3.0 later", or CLOSE) is the answer at `step`: mail, rcpt or data.

        `times`: only so often, then as before; `recipient`: only for that address. `reply` None: as before.
        """
        with self._lock:
            if reply is None:
                self._answers.pop((step, recipient), None)
            else:
                self._answers[(step, recipient)] = [reply, times]

    def delay(self, seconds):
        """Answers the final dot that much later; others go on meanwhile."""
        self._delay = seconds

    def wait_for(self, count, timeout=15):
        """Waits until that many messages are there and returns them."""
        wait_until(lambda: len(self.messages) >= count, timeout, lambda: f"{count} mails; {len(self.messages)} came")
        return list(self.messages)

    def start(self, port=0):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(port, started), daemon=True)
        self._thread.start()
        if not started.wait(10) or self.port is None:
            raise OSError(f"the SMTP server cannot listen on port {port}")

    def stop(self):
        """Closes the port and cuts the connections. `start(server.port)` brings it back."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._thread = None

    def _run(self, port, started):
        asyncio.set_event_loop(self._loop)
        try:
            self._listener = self._loop.run_until_complete(
                self._loop.create_server(
                    self._session,
                    "127.0.0.1",
                    port,
                    reuse_address=True,
                    ssl=self._context if self._implicit_tls else None,
                )
            )
            self.port = self._listener.sockets[0].getsockname()[1]
        except OSError:
            self.port = None
            return
        finally:
            started.set()
        self._loop.run_forever()
        self._listener.close()
        for session in list(self._connections):
            if session.transport:
                session.transport.abort()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _session(self):
        starttls = None if self._implicit_tls else self._context
        session = SMTP(
            _Handler(self),
            hostname="mail.example.test",
            tls_context=starttls,
            require_starttls=bool(starttls),
            auth_required=bool(self._credentials),
            auth_require_tls=bool(starttls),
            authenticator=self._authenticate if self._credentials else None,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )
        self._connections.add(session)
        return session

    def _authenticate(self, server, session, envelope, mechanism, data):
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login = (data.login.decode(), data.password.decode())
        good = login == tuple(self._credentials)
        return AuthResult(success=good, handled=False, auth_data=login[0] if good else None)

    def _scripted(self, step, recipients=()):
        """What `answer` set for this step, counted down; None: nothing."""
        with self._lock:
            for key in [(step, recipient) for recipient in recipients] + [(step, None)]:
                found = self._answers.get(key)
                if found is None:
                    continue
                if found[1] is not None:
                    found[1] -= 1
                    if found[1] <= 0:
                        del self._answers[key]
                return found[0]
        return None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class _Handler:
    def __init__(self, owner):
        self.owner = owner

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.owner.commands.append(f"MAIL {address}")
        reply = self._reply(server, "mail")
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 sender ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.owner.commands.append(f"RCPT {address}")
        reply = self._reply(server, "rcpt", [address])
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 2.1.5 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        self.owner.commands.append("DATA")
        if self.owner._delay:
            await asyncio.sleep(self.owner._delay)
        reply = self._reply(server, "data", envelope.rcpt_tos)
        if reply is None:
            login = session.auth_data if isinstance(session.auth_data, str) else ""
            self.owner.messages.append(
                ReceivedMail(
                    envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, self._is_secured(session), login
                )
            )
        return reply or f"250 2.0.0 queued as {len(self.owner.messages)}"

    def _is_secured(self, session):
        return session.ssl is not None or self.owner.url.startswith("smtps:")

    def _reply(self, server, step, recipients=()):
        reply = self.owner._scripted(step, recipients)
        if reply == CLOSE:
            server.transport.abort()
            return "421 4.3.2 closing"
        return reply
