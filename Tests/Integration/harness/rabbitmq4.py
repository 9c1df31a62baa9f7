"""Where RabbitMQ 4 is: this Debian has 3.10, the next one's is in a folder that `make rabbitmq4` prepares."""

import os
import pathlib

from .program import ROOT


def rabbitmq4_root():
    """The folder for RabbitMQ's `root`; None where it was not prepared or cannot be used.

    `NOTIFYD_TEST_RABBITMQ4` names another than the one in .build.
    """
    root = pathlib.Path(os.environ.get("NOTIFYD_TEST_RABBITMQ4") or ROOT / ".build/rabbitmq4")
    is_there = any(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-4.*/sbin/rabbitmq-server"))
    return root.resolve() if is_there and os.geteuid() == 0 else None
