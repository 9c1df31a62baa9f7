"""systemd's part of sd_notify(3): a datagram socket, and what the daemon said to it."""

import os
import socket
import struct
import threading
import time

from .events import unique
from .waiting import eventually


class ServiceManager:
    """`environment` makes a program one of its services. `watchdog`: seconds; none: no watchdog is wanted.

    Refuses messages of any but `pid`, as systemd does with NotifyAccess=main, once that is set.
    """

    def __init__(self, folder, abstract=False, watchdog=None):
        name = unique("notify")
        path = f"@{name}" if abstract else str(folder / name)
        self.environment = {"NOTIFY_SOCKET": path}
        if watchdog:
            self.environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        self.messages = []  # dictionaries, in order
        self.arrived = []  # when each of them was read: seconds of the monotonic clock
        self.senders = []  # the process of each
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind("\0" + name if abstract else path)
        self._reading = threading.Event()
        self._reading.set()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            self._reading.wait()
            data, ancillary, flags, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(12))
            if not data:
                return
            assert not flags & socket.MSG_TRUNC
            self.senders += [struct.unpack("iII", body)[0] for level, kind, body in ancillary
                             if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)]
            self.arrived.append(time.monotonic())
            self.messages.append(dict(line.split("=", 1) for line in data.decode().split("\n")))

    def stop_reading(self):
        """Lets no message in any more: reads none, and the socket is full of our own."""
        self._reading.clear()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            # The reader waits in the socket and takes one more.
            own.sendto(b"FULL=0", self._socket.getsockname())
            self.wait_for(FULL="0")
            try:
                while True:
                    own.sendto(b"FULL=1", socket.MSG_DONTWAIT, self._socket.getsockname())
            except BlockingIOError:
                pass

    def go_on(self):
        self._reading.set()

    def mark(self):
        """The index of the next message, for `since`."""
        return len(self.messages)

    def find(self, since=0, **fields):
        """The messages with these fields; `...` stands for any value."""
        return [message for message in self.messages[since:]
                if all(name in message and expected in (..., message[name]) for name, expected in fields.items())]

    def wait_for(self, since=0, within=20, count=1, **fields):
        """The message with these fields, the `count`th of them."""

        def found():
            messages = self.find(since, **fields)
            return messages[count - 1] if len(messages) >= count else None

        return eventually(found, lambda: f"a message with {fields}: {self.messages[since:]}", within=within)

    def states(self):
        """What it was told of the service's life, in order."""
        return [name for message in self.messages for name in message if name in ("READY", "RELOADING", "STOPPING")]

    @property
    def status(self):
        """The line that `systemctl status` would show."""
        return next((message["STATUS"] for message in reversed(self.messages) if "STATUS" in message), "")

    def close(self):
        """Ends the reader by a message of our own: closing does not wake it."""
        self._reading.set()
        address = self._socket.getsockname()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"", address)
        self._thread.join(5)
        self._socket.close()
        if isinstance(address, str) and address.startswith("/"):
            os.unlink(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
