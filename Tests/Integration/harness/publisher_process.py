"""The publishing client itself: a JSON line in for each message, a JSON line out for each confirm, in the same order.

    publisher_process.py AMQP_URL[,AMQP_URL…]

Several are a cluster's nodes, tried in turn. A connection that breaks is opened again for a minute, and the message in
hand is published again: at least once. So is one that the broker does not take at this moment (basic.nack: a quorum queue
that has just lost its leader), for as long.
"""

import base64
import json
import sys
import time

import pika
import pika.exceptions

PATIENCE = 60  # seconds


def connect(urls):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = pika.BlockingConnection([pika.URLParameters(url) for url in urls])
            channel = connection.channel()
            channel.confirm_delivery()
            return channel
        except (pika.exceptions.AMQPError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def publish(channel, message):
    """None once it is confirmed, else why not."""
    try:
        channel.basic_publish(
            message["exchange"],
            message["routing_key"],
            base64.b64decode(message["body"]),
            pika.BasicProperties(delivery_mode=2, **message["properties"]),
            mandatory=True,
        )
    except pika.exceptions.UnroutableError:
        return f"{message['routing_key']}: no queue is bound for it"
    return None


def main():
    urls = sys.argv[1].split(",")
    channel = connect(urls)
    for line in sys.stdin:
        message = json.loads(line)
        times = 0
        end = time.monotonic() + PATIENCE
        while True:
            times += 1
            try:
                reason = publish(channel, message)
                break
            except pika.exceptions.NackError:
                reason = f"{message['routing_key']}: refused"
                if time.monotonic() > end:
                    break
                time.sleep(0.1)
            except pika.exceptions.ChannelClosedByBroker as error:
                reason = f"{message['routing_key']}: {error.reply_text}"
                channel = connect(urls)
                break
            except (pika.exceptions.AMQPError, OSError):
                channel = connect(urls)
        print(json.dumps({"confirmed": reason is None, "reason": reason, "times": times}), flush=True)


if __name__ == "__main__":
    main()
