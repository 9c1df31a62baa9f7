"""The Python peer: a notifications consumer as a competent user would write it with the usual asynchronous libraries.

aio-pika, an asyncpg pool, kept aiosmtplib sessions, one insert per event. No claims, no retries, no tracing. Settings:
the same BENCH_… variables as every peer's, see bench/contenders.py.
"""

import asyncio
import email.message
import json
import os
import resource

import aio_pika
import aiosmtplib
import asyncpg

INSERT = """INSERT INTO notifications.notification_log
    (event_id, event_type, recipient_id, address, channel, status, provider)
    VALUES ($1, $2, $3, $4, 'email', 'sent', 'smtp')"""


class Mails:
    """Keeps SMTP sessions open, opens them on demand and lends each to one sender at a time."""

    def __init__(self, port, size):
        self._port = port
        self._idle = []
        self._allowed = asyncio.Semaphore(size)

    async def send(self, message):
        async with self._allowed:
            session = self._idle.pop() if self._idle else await self._open()
            await session.send_message(message)
            self._idle.append(session)

    async def _open(self):
        session = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._port, start_tls=False)
        await session.connect()
        return session


def compose(kind, message_id, event):
    match kind:
        case "payment.completed":
            subject = f"Your payment of {event['amount']} {event['currency']}"
            text = f"we received {event['amount']} {event['currency']}. Reference: {event['paymentId']}."
        case "payment.failed":
            subject = f"Your payment of {event['amount']} {event['currency']} failed"
            text = (f"we could not take {event['amount']} {event['currency']} ({event['reason']}). "
                    f"Reference: {event['paymentId']}.")
        case "user.signup":
            subject, text = "Welcome", "your account is ready."
        case "user.password-reset":
            subject, text = "Reset your password", f"choose a new password here: {event['resetUrl']}"
    message = email.message.EmailMessage()
    message["From"] = "Payments <no-reply@example.com>"
    message["To"] = event["email"]
    message["Subject"] = subject
    message["Message-ID"] = f"<{message_id}@example.com>"
    message.set_content(f"Hello {event['name']},\n\n{text}\n")
    return message


async def consume():
    rows = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=1,
                                     max_size=int(os.environ["BENCH_DATABASE_CONNECTIONS"]))
    mails = Mails(int(os.environ["BENCH_SMTP_PORT"]), int(os.environ["BENCH_SMTP_CONNECTIONS"]))
    connection = await aio_pika.connect(os.environ["BENCH_AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=int(os.environ["BENCH_PREFETCH"]))
    queue = await channel.get_queue(os.environ["BENCH_QUEUE"], ensure=False)

    async def handle(delivery):
        event = json.loads(delivery.body)
        await mails.send(compose(delivery.routing_key, delivery.message_id, event))
        await rows.execute(INSERT, delivery.message_id, delivery.routing_key, event["userId"], event["email"])
        await delivery.ack()

    await queue.consume(handle)
    print("consuming", flush=True)
    await asyncio.Future()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(consume())
