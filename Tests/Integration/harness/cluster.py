"""Three RabbitMQ nodes on one loopback that are one cluster."""

import json

from .deadlines import wait_until
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

    @property
    def urls(self):
        """All nodes, as `rabbitmq.url` takes them."""
        return ",".join(node.url() for node in self.nodes)

    def start(self):
        first, *others = self.nodes
        first.start()
        for node in others:
            node.start()
            node.ctl("stop_app")
            node.ctl("join_cluster", first.name)
            node.ctl("start_app")
            wait_until(node.accepts, RabbitMQ.START_TIMEOUT, f"{node.name} accepts")

    def leader(self, queue):
        """The node that leads this quorum queue."""
        for node in self.nodes:
            if node.is_running:
                rows = json.loads(node.ctl("list_queues", "--formatter", "json", "name", "leader"))
                name = next((row["leader"] for row in rows if row["name"] == queue), None)
                return next((each for each in self.nodes if each.name == name), None)
        return None

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
