"""Domain events as other services publish them."""

import itertools
import random
import uuid

_numbers = itertools.count(1)


def unique(prefix):
    """An id that no other test uses."""
    return f"{prefix}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


def payment(user="u1", amount="19.99", currency="EUR", payment_id=None, **more):
    """The data of `payment.completed` or `payment.failed`."""
    return {"paymentId": payment_id or unique("pay"), "userId": user, "amount": amount, "currency": currency, **more}


def signup(user=None, email=None, **more):
    user = user or unique("user")
    return {"userId": user, "email": email or f"{user}@example.com", **more}


def reset(user, **more):
    return {"userId": user, "resetUrl": "https://app.example.com/reset?token=abc123", **more}


def traceparent():
    """A sampled W3C context: the header, the trace id, the span id."""
    trace = f"{random.getrandbits(128) | 1:032x}"
    span = f"{random.getrandbits(64) | 1:016x}"
    return f"00-{trace}-{span}-01", trace, span
