"""The daemon's HTTP address, as a load balancer, Prometheus or a supervisor asks it."""

import http.client
import json

from harness.ports import free_port

from .waiting import eventually


class Probes:
    """`settings` has the daemon listen there; each question is a connection of its own."""

    def __init__(self):
        self.port = free_port()
        self.settings = {"http.listen": f"127.0.0.1:{self.port}"}

    def ask(self, path, method="GET"):
        """Status, headers and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def answers(self):
        """Whether anybody is there."""
        try:
            return self.ask("/livez")[0] > 0
        except OSError:
            return False

    def report(self, path):
        """(status, report) of /livez or /readyz."""
        status, _, text = self.ask(path)
        return status, json.loads(text)

    def component(self, name):
        return self.report("/readyz")[1]["components"][name]

    def wait_for(self, path, status, within=20):
        """The report, once that path answers with that status."""

        def found():
            answer = self.report(path) if self.answers() else (0, None)
            return answer[1] if answer[0] == status else None

        return eventually(found, f"{path} answers {status}", within=within)
