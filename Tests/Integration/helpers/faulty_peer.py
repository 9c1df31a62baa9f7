"""A consumer that does its work but for one fault, its argument, on one event: what the benchmarks have to refuse."""

import os
import smtplib
import sys

import pika
import psycopg2

FAULTS = (
    "none",
    "mail-lost",
    "mail-doubled",
    "mail-misdirected",
    "row-lost",
    "row-doubled",
    "row-not-sent",
    "ack-lost",
)
CHOSEN = "m7"

INSERT = """INSERT INTO notifications.notification_log
    (event_id, event_type, recipient_id, address, channel, status, provider)
    VALUES (%s, 'any', 'any', 'any', 'email', %s, 'smtp')"""


def main(fault):
    mails = smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"]))
    rows = psycopg2.connect(os.environ["BENCH_DATABASE_URL"])
    rows.autocommit = True
    channel = pika.BlockingConnection(pika.URLParameters(os.environ["BENCH_AMQP_URL"])).channel()
    channel.basic_qos(prefetch_count=int(os.environ["BENCH_PREFETCH"]))

    def handle(_, delivery, properties, body):
        wrong = fault if properties.message_id == CHOSEN else "none"
        number = properties.message_id[1:] if wrong != "mail-misdirected" else "0"
        for _ in range({"mail-lost": 0, "mail-doubled": 2}.get(wrong, 1)):
            mails.sendmail("no-reply@example.com", [f"user{number}@example.com"], b"Subject: hello\r\n\r\nhello\r\n")
        with rows.cursor() as cursor:
            for _ in range({"row-lost": 0, "row-doubled": 2}.get(wrong, 1)):
                cursor.execute(INSERT, (properties.message_id, "failed" if wrong == "row-not-sent" else "sent"))
        if wrong != "ack-lost":
            channel.basic_ack(delivery.delivery_tag)

    channel.basic_consume(os.environ["BENCH_QUEUE"], handle)
    print("consuming", flush=True)
    channel.start_consuming()


if __name__ == "__main__":
    main(sys.argv[1])
