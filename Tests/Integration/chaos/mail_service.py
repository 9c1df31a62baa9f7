"""An SMTP server whose every step can be told to fail, and which remembers each mail and each refusal."""

import asyncio
import contextlib
import dataclasses
import email
import email.policy
import enum
import threading
import time

_PATIENCE = 60  # seconds a silent connection is kept


class Fault(enum.Enum):
    """What may come instead of an answer. A mail whose final dot meets one is taken all the same."""

    SILENCE = "silence"
    HALF = "half"  # half an answer, then nothing
    HALF_CUT = "half, cut"  # half an answer, then the end
    CUT = "cut"


STEPS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot")


@dataclasses.dataclass(frozen=True)
class Mail:
    """A message that the server took, answered or not."""

    at: float
    recipient: str
    event_id: str
    message_id: str
    answer: str

    def __str__(self):
        return f"mail to {self.recipient}, {self.message_id}, answered {self.answer}"


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A 4xx or 5xx at MAIL, RCPT, DATA or after the final dot."""

    at: float
    step: str
    recipient: str  # empty at MAIL
    reply: str

    def __str__(self):
        return f"{self.step} {self.recipient} refused: {self.reply}"


class MailService:
    """Listens on a free port of 127.0.0.1, in a thread; demands AUTH PLAIN by `credentials`; offers PIPELINING."""

    credentials = ("notifyd", "secret")

    def __init__(self):
        self.port = None
        self.mails = []
        self.refusals = []
        self._faults = {}  # step: reply or Fault, for everybody
        self._of_recipient = {}  # address: replies to RCPT, used up one by one; the last one stays if `forever`
        self._loop = self._thread = self._server = None

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, step, reply):
        """From now on everybody meets `reply` ("421 4.3.2 busy", or a Fault) at `step`; None: as before."""
        if reply is None:
            self._faults.pop(step, None)
        else:
            self._faults[step] = reply

    def refuse(self, recipient, *replies, forever=False):
        """That address meets these at RCPT, one after the other, then is taken; `forever`: the last one stays."""
        self._of_recipient[recipient] = (list(replies), forever)

    def start(self):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)

    def stop(self):
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._thread = None

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, EOFError, ValueError, asyncio.TimeoutError):
            await _Session(self, reader, writer).run()
        writer.close()

    def reply(self, step, good, recipient=""):
        """What the step's answer is now: a reply or a Fault; refusals are remembered."""
        answer = self._faults.get(step, good)
        if step == "rcpt" and answer == good and recipient in self._of_recipient:
            replies, forever = self._of_recipient[recipient]
            if replies:
                answer = replies[0] if forever and len(replies) == 1 else replies.pop(0)
        if isinstance(answer, str) and answer[0] in "45" and step in ("mail", "rcpt", "data", "dot"):
            self.refusals.append(Refusal(time.time(), step, recipient, answer))
        return answer

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class _Session:
    def __init__(self, service, reader, writer):
        self.service, self.reader, self.writer = service, reader, writer
        self.has_sender = False
        self.recipient = None

    async def run(self):
        if not await self._answer(self.service.reply("greeting", "220 mail.example.test ESMTP")):
            return
        while line := await self.reader.readline():
            if not await self._command(line.decode(errors="replace").strip()):
                return

    async def _command(self, line):
        """Whether the session goes on."""
        verb = line.split(" ")[0].upper()
        if verb in ("EHLO", "HELO"):
            good = "250-mail.example.test\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250-SMTPUTF8\r\n250 8BITMIME"
            return await self._answer(self.service.reply("ehlo", good))
        if verb == "AUTH":
            if len(line.split()) < 3:
                self.writer.write(b"334 \r\n")
                await self.reader.readline()
            return await self._answer(self.service.reply("auth", "235 2.7.0 welcome"))
        if verb == "MAIL":
            reply = self.service.reply("mail", "250 2.1.0 sender ok")
            self.has_sender, self.recipient = _is_good(reply), None
            return await self._answer(reply)
        if verb == "RCPT":
            return await self._recipient(line[line.find("<") + 1 : line.find(">")])
        if verb == "DATA":
            return await self._data()
        if verb in ("RSET", "NOOP"):
            self.has_sender, self.recipient = False, None
            return await self._answer("250 2.0.0 ok")
        await self._answer("221 2.0.0 bye" if verb == "QUIT" else "502 5.5.1 what?")
        return verb != "QUIT"

    async def _recipient(self, address):
        if not self.has_sender:
            return await self._answer("503 5.5.1 MAIL first")
        reply = self.service.reply("rcpt", "250 2.1.5 recipient ok", address)
        if _is_good(reply):
            self.recipient = address
        return await self._answer(reply)

    async def _data(self):
        if not self.recipient:
            return await self._answer("503 5.5.1 RCPT first")
        reply = self.service.reply("data", "354 go on", self.recipient)
        if not await self._answer(reply) or not _is_good(reply):
            return isinstance(reply, str)
        content = b""
        while (line := await self.reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return False
            content += line[1:] if line.startswith(b".") else line
        reply = self.service.reply("dot", "250 2.0.0 queued", self.recipient)
        if not (isinstance(reply, str) and reply[0] in "45"):
            message = email.message_from_bytes(content, policy=email.policy.default)
            said = reply if isinstance(reply, str) else reply.value
            self.service.mails.append(
                Mail(time.time(), self.recipient, str(message["Notifyd-Event-ID"]), str(message["Message-ID"]), said)
            )
        self.has_sender, self.recipient = False, None
        return await self._answer(reply)

    async def _answer(self, reply):
        """Writes it; false: the session is over."""
        if isinstance(reply, str):
            self.writer.write(reply.encode() + b"\r\n")
            await self.writer.drain()
            return not reply.startswith("421")
        if reply in (Fault.HALF, Fault.HALF_CUT):
            self.writer.write(b"250 2.0")
            await self.writer.drain()
        if reply in (Fault.SILENCE, Fault.HALF):
            # Until the client has lost its patience: what it says meanwhile is not listened to.
            end = time.monotonic() + _PATIENCE
            while time.monotonic() < end and await asyncio.wait_for(self.reader.read(4096), _PATIENCE):
                pass
        return False


def _is_good(reply):
    return isinstance(reply, str) and reply[0] in "23"
