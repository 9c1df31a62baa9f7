"""Three RabbitMQ nodes on one loopback that are one cluster."""

import json

import pika

from .rabbitmq import Neighbours, RabbitMQ


class Cluster:
    """`nodes`, each of which can be killed and started like any RabbitMQ; queues and users are everybody's."""

    def __init__(self, folder, size=3):
        common = Neighbours.fresh()
        self.nodes = []
        for number in range(size):
            path = folder / f"node-{number}"
            path.mkdir()
            self.nodes.append(RabbitMQ(path, neighbours=common))

    def url(self):
        """All nodes, as `rabbitmq.url` takes them."""
        return ",".join(node.url() for node in self.nodes)

    @property
    def one(self):
        """A node that runs."""
        return next(node for node in self.nodes if node.is_running)

    def start(self):
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait_until_it_accepts()
        first, *others = self.nodes
        for node in others:
            node.ctl("stop_app")
            node.ctl("join_cluster", first.name)
            node.ctl("start_app")
            node.wait_until_it_accepts()

    def connect(self):
        """A pika connection to one of them; close it."""
        return pika.BlockingConnection([pika.URLParameters(node.url()) for node in self.nodes if node.is_running])

    def queues(self):
        return self.one.queues()

    def ready_messages(self, queue):
        return self.one.ready_messages(queue)

    def leader(self, queue):
        """The node that leads this quorum queue."""
        rows = json.loads(self.one.ctl("list_queues", "--formatter", "json", "name", "leader"))
        return self._named(next((row["leader"] for row in rows if row["name"] == queue), None))

    def node_of(self, product):
        """The node that clients of this product (a client property) are connected to; None where there is none."""
        rows = json.loads(self.one.ctl("list_connections", "--formatter", "json", "port", "client_properties"))
        ports = {row["port"] for row in rows if f"'{product}'" in str(row["client_properties"])}
        return next((node for node in self.nodes if node.port in ports), None)

    def _named(self, name):
        return next((node for node in self.nodes if node.name == name), None)

    def close(self):
        for node in reversed(self.nodes):
            node.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()
