"""RabbitMQ 4 from a debootstrap folder."""


def rabbitmq4_root():
    return None


class RabbitMQ4:
    pass
