"""The broker and the database that all sites of a run share."""

import concurrent.futures

from harness import Postgres, RabbitMQ, Workspace


class Servers:
    """Starts them, and stops and starts them again in a thread of its own, so that nobody waits for it.

    All processes are that thread's: a child ends with the thread that started it.
    """

    def __init__(self, make_broker=RabbitMQ):
        self.make_broker = make_broker
        self.workspace = self.broker = self.postgres = None
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "servers")

    def begin(self, action):
        """Does it in the servers' thread, after what was begun before. Returns a future."""
        return self._thread.submit(action)

    def start(self):
        self.workspace = Workspace("notifyd-chaos-")
        self.begin(self._start).result()

    def _start(self):
        self.postgres = Postgres(self.workspace.folder("postgres"), max_connections=120)
        self.postgres.start()
        self.broker = self.make_broker(self.workspace.folder("rabbitmq"))
        self.broker.start()

    def close(self):
        for server in (self.broker, self.postgres):
            if server:
                self.begin(server.close)
        self._thread.shutdown()
        if self.workspace:
            self.workspace.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()
