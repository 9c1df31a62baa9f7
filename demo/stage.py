"""What the demo plays on: private servers, the daemon, and how events get in."""

import json
import shlex

from events import CUSTOMERS, new_trace

from harness import Collector, Daemon, Event, Postgres, Publisher, RabbitMQ, notifyd, settings
from harness.program import notifyd_path


class Stage:
    """RabbitMQ, Postgres, a collector and notifyd in one folder; all end with the exit stack they are put on."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.outbox_path = folder / "outbox"
        postgres = stack.enter_context(Postgres(self._make("postgres")))
        self.broker = stack.enter_context(RabbitMQ(self._make("rabbitmq")))
        self.collector = stack.enter_context(Collector())
        self.variables = settings(
            self.broker.url(),
            postgres.create_database("notify"),
            self.outbox_path,
            NOTIFYD_EMAIL_FROM="Example Shop <hello@shop.example.com>",
            **self.collector.environment,
        )
        self.daemon = stack.enter_context(Daemon(self.variables, self._make("daemon")))
        self._python_service = stack.enter_context(Publisher(self.broker.url()))

    def command(self, *arguments, **variables):
        """A command of notifyd as a user types it; a failure ends the demo."""
        outcome = notifyd(*arguments, variables={**self.variables, "NOTIFYD_LOG_LEVEL": "warning", **variables})
        if outcome.status != 0:
            raise RuntimeError(f"notifyd {' '.join(map(str, arguments))}: {outcome.errors or outcome.output}")
        return outcome

    def import_customers(self):
        path = self.folder / "customers.csv"
        path.write_text(CUSTOMERS)
        self.command("contact", "import", path)

    def publish(self, step, number):
        """By `notifyd publish`, or by another service in Python that hands on a trace of its own."""
        if step.by_pika:
            header, step.trace_id = new_trace()
            step.event_id = f"demo-{number}"
            self._python_service.publish(
                Event(step.type, step.data, message_id=step.event_id, headers={"traceparent": header})
            )
        else:
            data = json.dumps(step.data)
            outcome = self.command("publish", step.type, "--data", data, "--json", OTEL_SERVICE_NAME="webshop")
            report = outcome.json()[0]
            step.event_id, step.trace_id = report["message_id"], report["trace_id"]

    def wait_for_end(self, step):
        """The event's `process` span, which says what came of it."""

        def ended(spans):
            ends = (span for span in spans if span.kind == "CONSUMER")
            return next((span for span in ends if span.attributes.get("messaging.message.id") == step.event_id), None)

        return self.collector.wait_for(ended, 15, f"the span of {step.title}")

    def write_environment(self):
        """A file to `source`: with it, notifyd's commands find these servers."""
        path = self.folder / "env"
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.variables.items()]
        lines.append(f'export PATH={shlex.quote(str(notifyd_path().parent))}:"$PATH"')
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path

    def _make(self, name):
        path = self.folder / name
        path.mkdir()
        return path
