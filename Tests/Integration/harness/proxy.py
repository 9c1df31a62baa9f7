"""A TCP proxy that does to connections what networks do."""

import asyncio
import dataclasses
import enum
import socket
import struct
import threading

from .ports import free_port

_CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends RST


class _Kind(enum.Enum):
    PASS = enum.auto()
    STALL = enum.auto()
    BLACK_HOLE = enum.auto()
    HALF_ANSWER = enum.auto()
    THROTTLE = enum.auto()


@dataclasses.dataclass(frozen=True)
class _Mode:
    kind: _Kind
    answer_bytes: int = 0  # HALF_ANSWER
    cut_after: bool = False  # HALF_ANSWER
    bytes_per_second: float = 0  # THROTTLE


_PASS = _Mode(_Kind.PASS)


class Proxy:
    """Listens on a port of 127.0.0.1 and connects each client to the server on `target`; its ways change at run time.

    `with Proxy(broker.port) as proxy: … proxy.stall()`. It runs in a thread of its own; every method may be called from
    any thread and has taken effect when it returns. A server that is away is a connection reset at once.
    """

    def __init__(self, target, port=None):
        self.target = target
        self.port = port or free_port()
        self.accepted = 0  # connections since it started
        self.mode = _PASS
        self.changed = None  # an asyncio.Event, replaced at each change
        self._links = set()
        self._plugs = []
        self._loop = self._thread = self._listener = self._accepting = None

    def pass_on(self):
        """Forwards everything, what was stalled first, and takes new ones. What was swallowed stays lost."""
        self._call(self._set(_PASS))

    def cut(self, reset=True):
        """Cuts every connection there is, by RST or else by FIN, on both sides; new ones are taken as before."""
        self._call(self._cut(reset))

    def refuse(self):
        """Closes the port and cuts every connection, until `pass_on`."""
        self._call(self._refuse())

    def stall(self):
        """Accepts and holds every byte of both directions until `pass_on`, then goes on where it stopped."""
        self._call(self._set(_Mode(_Kind.STALL)))

    def black_hole(self, hang_connects=False):
        """Accepts and swallows; nothing is ever answered. A connection that lost a byte so never comes back.

        With `hang_connects` a new connection is not even established: its SYN gets no answer.
        """
        self._call(self._set(_Mode(_Kind.BLACK_HOLE), hang_connects=hang_connects))

    def half_answer(self, count, cut=False):
        """Each connection gets `count` more bytes of the server's answers, then none, or (`cut`) its end."""
        self._call(self._set(_Mode(_Kind.HALF_ANSWER, answer_bytes=count, cut_after=cut)))

    def throttle(self, bytes_per_second):
        """So many bytes a second, each connection and each direction."""
        self._call(self._set(_Mode(_Kind.THROTTLE, bytes_per_second=bytes_per_second)))

    @property
    def connections(self):
        """How many are open now."""
        return len(self._links)

    def start(self):
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)
        if self._listener is None:
            raise OSError(f"the proxy cannot listen on port {self.port}")

    def stop(self):
        """Closes the port and cuts the connections."""
        if self._thread and self._thread.is_alive():
            self._call(self._refuse())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._thread = None

    def _run(self, started):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self.changed = asyncio.Event()
        try:
            self._listen()
        except OSError:
            return
        finally:
            started.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _call(self, action):
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(10)

    def _listen(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        try:
            listener.bind(("127.0.0.1", self.port))
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._accepting = self.task(self._accept(listener))

    async def _accept(self, listener):
        while True:
            client, _ = await self._loop.sock_accept(listener)
            self.accepted += 1
            link = _Link(self, client)
            self._links.add(link)
            link.start()

    def task(self, work):
        return self._loop.create_task(work)

    def forget(self, link):
        """Whether it was one of ours still."""
        known = link in self._links
        self._links.discard(link)
        return known

    async def _set(self, mode, hang_connects=False):
        self.mode = mode
        for link in list(self._links):
            link.answered = 0
            # The network carries again: a server hears of the client that gave up meanwhile.
            if mode.kind is _Kind.PASS and link.is_lost and link.has_ended:
                link.end()
        self.changed.set()
        self.changed = asyncio.Event()
        self._unplug()
        if self._listener is None:
            self._listen()
        if hang_connects:
            self._plug()

    async def _cut(self, reset):
        for link in list(self._links):
            link.end(reset)
        await asyncio.sleep(0)

    async def _refuse(self):
        self._unplug()
        if self._listener is not None:
            self._accepting.cancel()
            self._listener.close()
            self._listener = None
        await self._cut(reset=True)

    def _plug(self):
        """Fills the queue of established connections: from then on Linux drops each further SYN."""
        self._accepting.cancel()
        self._listener.listen(0)
        for _ in range(2):
            plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            plug.setblocking(False)
            plug.connect_ex(("127.0.0.1", self.port))
            self._plugs.append(plug)

    def _unplug(self):
        if not self._plugs:
            return
        for plug in self._plugs:
            plug.close()
        self._plugs = []
        self._listener.close()
        self._listener = None
        self._listen()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class _Link:
    """One client, its connection to the server, and the two pumps between them."""

    def __init__(self, owner, client):
        self.owner = owner
        self.answered = 0  # bytes of the server's since the present mode
        self.is_lost = False  # a byte was swallowed: what follows would make no sense
        self.has_ended = False  # one side hung up
        self._client = client
        self._server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._tasks = []
        for side in (self._client, self._server):
            side.setblocking(False)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self):
        self._tasks = [self.owner.task(self._run())]

    def end(self, reset=True):
        """Cuts both sides, the first time."""
        if not self.owner.forget(self):
            return
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        for side in (self._client, self._server):
            if reset and side.fileno() >= 0:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            # Once the cancelled pumps have let go of it.
            asyncio.get_running_loop().call_soon(side.close)

    async def _run(self):
        await self._while_stalled()
        if self.owner.mode.kind is _Kind.BLACK_HOLE:
            self.is_lost = True
        else:
            try:
                await asyncio.get_running_loop().sock_connect(self._server, ("127.0.0.1", self.owner.target))
            except OSError:
                self.end()
                return
            self._tasks.append(self.owner.task(self._pump(self._server, self._client, is_answer=True)))
        await self._pump(self._client, self._server, is_answer=False)

    async def _pump(self, source, sink, is_answer):
        try:
            while data := await asyncio.get_running_loop().sock_recv(source, _CHUNK):
                await self._forward(data, sink, is_answer)
            await self._forward_end(sink)
        except OSError:
            self.has_ended = True
            if not self.is_lost:
                self.end()

    async def _forward(self, data, sink, is_answer):
        """One side's bytes to the other, by the present mode."""
        await self._while_stalled()
        mode = self.owner.mode
        send = asyncio.get_running_loop().sock_sendall
        if self.is_lost or mode.kind is _Kind.BLACK_HOLE:
            self.is_lost = True
        elif mode.kind is _Kind.HALF_ANSWER and is_answer:
            allowed = max(0, mode.answer_bytes - self.answered)
            self.answered += len(data)
            await send(sink, data[:allowed])
            if len(data) < allowed:
                return
            if mode.cut_after:
                self.end(reset=False)
                raise ConnectionAbortedError
            self.is_lost = True
        elif mode.kind is _Kind.THROTTLE:
            step = max(1, int(mode.bytes_per_second / 20))
            for start in range(0, len(data), step):
                await send(sink, data[start : start + step])
                await asyncio.sleep(step / mode.bytes_per_second)
        else:
            await send(sink, data)

    async def _forward_end(self, sink):
        """One side sent FIN: the other side hears of it, unless the network swallows."""
        await self._while_stalled()
        self.has_ended = True
        if self.is_lost or self.owner.mode.kind is _Kind.BLACK_HOLE:
            self.is_lost = True
            return
        sink.shutdown(socket.SHUT_WR)
        if all(task.done() for task in self._tasks if task is not asyncio.current_task()):
            self.end(reset=False)

    async def _while_stalled(self):
        while self.owner.mode.kind is _Kind.STALL:
            await self.owner.changed.wait()
