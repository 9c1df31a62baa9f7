"""The six events of the demo, and the customers they are about."""

import dataclasses
import secrets

# Known before the first event, as after a migration from another system.
CUSTOMERS = """\
userId,email,phone,name,locale,preferredChannel
2002,juergen.gross@example.de,,Jürgen Groß,de,
2003,,+447700900123,Maria O'Brien,en,sms
"""

SIGNUP = {"userId": 2001, "email": "anna.smith@example.com", "name": "Anna Smith"}
PAYMENT = {"paymentId": "pay_7K2M9Q4D", "userId": 2002, "amount": 1249.9, "currency": "EUR"}
FAILED_PAYMENT = {
    "paymentId": "pay_7K2M9Q4F", "userId": 2003, "amount": "129.00", "currency": "GBP", "reason": "Card declined",
}  # fmt: skip
RESET_TOKEN = "3f9a1c7be2d84650"
# Nothing but who and what: where Anna lives was in her sign-up.
RESET = {"userId": 2001, "resetUrl": f"https://shop.example.com/reset?token={RESET_TOKEN}"}
BROKEN = '{"paymentId": "pay_7K2M9Q4G", "userId": 2002, "amount": 12.'


@dataclasses.dataclass
class Step:
    """One event: how it is published, and what must come of it."""

    title: str
    type: str
    data: object
    expected: str
    by_pika: bool = False
    # Known once it is published, and once the daemon is done with it.
    event_id: str = ""
    trace_id: str = ""
    process: object = None

    @property
    def result(self):
        """What came of it, as its span says."""
        return self.process.attributes.get("notifyd.outcome", "nothing") if self.process else "nothing"


def steps():
    return [
        Step("sign-up, in English", "user.signup", SIGNUP, "sent"),
        Step("payment, in German", "payment.completed", PAYMENT, "sent"),
        Step("failed payment, by SMS", "payment.failed", FAILED_PAYMENT, "sent"),
        Step("password reset", "user.password-reset", RESET, "sent", by_pika=True),
        Step("the same payment again", "payment.completed", PAYMENT, "duplicate"),
        Step("broken JSON", "payment.completed", BROKEN, "rejected", by_pika=True),
    ]


def new_trace():
    """A W3C traceparent as another service's tracing would send it, and its trace id."""
    trace_id = secrets.token_hex(16)
    return f"00-{trace_id}-{secrets.token_hex(8)}-01", trace_id
