"""The known set: what is published, and what must come of each."""

import dataclasses
import datetime

from harness import Answer, Event

# A notification beyond the built-in ones: two channels, each of its own.
CATALOGUE = {
    "notification.yaml": """\
description: Notice that an order was handed to the carrier
category: transactional
channels: [email, sms]
deliver: all
dedupe: [orderId]
uncertain: {email: resend, sms: hold}
enabled: true
sensitive: []
fields: {orderId: id, userId: id}
""",
    "email.en.md": '---\nsubject: "Your order {{orderId}}"\n---\nOrder **{{orderId}}** is on its way.\n',
    "sms.en.txt": "Order {{orderId}} is on its way.\n",
    "samples/default.json": '{"orderId": "o1", "userId": "u1", "email": "a@example.com", "phone": "+4915112345678"}\n',
}
UNKNOWN_TYPE = "ghost.appeared"


@dataclasses.dataclass
class Fact:
    """Something that happened, however often it is published."""

    tag: str  # in every id of it; the recipient's id
    kind: str
    messages: list  # Event, in the order they are published, at moments of their own
    expected: list  # (channel, statuses that may be its last) for each notification
    email: str = ""
    phone: str = ""
    key: str = ""  # event.dedupe_key; empty: made by the daemon, or there is no event row
    is_anonymous: bool = False
    rejected: list = dataclasses.field(default_factory=list)  # ids of messages that are poison
    may_conflict: list = dataclasses.field(default_factory=list)  # ids of which all but one are refused

    @property
    def event_type(self):
        return self.messages[0].type

    @property
    def ids(self):
        return {message.message_id for message in self.messages if message.message_id}


def write_catalogue(folder):
    """The folder for `catalogue.path`."""
    for name, text in CATALOGUE.items():
        path = folder / "order.shipped" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def known_set(site, count, rng):
    """`count` facts of every kind, the plain ones the most; `site` makes their ids unlike those of other sites."""
    makers = [_email, _sms, _signup, _both] * 3
    makers += [_twice, _twin, _anonymous, _copies, _poison, _conflict, _refused, _later, _stopped, _bad_number]
    makers += [_expired, _contact_later, _contact_never, _unknown_type]
    order = makers + [rng.choice(makers) for _ in range(count - len(makers))]
    facts = [maker(f"{site}-{number}", number, rng) for number, maker in enumerate(order)]
    rng.shuffle(facts)
    return facts


def plain_facts(site, first, count, rng):
    """Facts that meet every step there is: emails and SMS in turn. `first` is the first one's number."""
    return [[_email, _sms][number % 2](f"{site}-{number}", number, rng) for number in range(first, first + count)]


def tell_providers(fact, mail_services, twilio):
    """What the providers answer to this fact's recipient."""
    if fact.kind == "refused":
        for mail in mail_services:
            mail.refuse(fact.email, "550 5.1.1 no such user", forever=True)
    elif fact.kind == "later":
        for mail in mail_services:
            mail.refuse(fact.email, "450 4.2.1 later", "451 4.3.0 later")
    elif fact.kind == "stopped":
        twilio.answer(fact.phone, Answer(400, 21610))
    elif fact.kind == "bad number":
        twilio.answer(fact.phone, Answer(400, 21211))


def _address(tag):
    return f"{tag}@example.com"


def _phone(number, rng):
    return f"+49151{rng.randrange(10**5):05d}{number:03d}"


def _payment(tag, **more):
    return {"paymentId": f"pay-{tag}", "userId": tag, "amount": "19.99", "currency": "EUR", **more}


def _paid(tag, kind, messages, statuses=("sent",), channel="email", **more):
    return Fact(tag, kind, messages, [(channel, set(statuses))], key=f"paymentId:pay-{tag}", **more)


def _email(tag, number, rng):
    message = Event("payment.completed", _payment(tag, email=_address(tag)), f"evt-{tag}")
    return _paid(tag, "email", [message], email=_address(tag))


def _sms(tag, number, rng):
    phone = _phone(number, rng)
    message = Event("payment.failed", _payment(tag, phone=phone), f"evt-{tag}")
    return _paid(tag, "sms", [message], channel="sms", phone=phone)


def _signup(tag, number, rng):
    phone = _phone(number, rng)
    channel = rng.choice(["email", "sms"])
    data = {"userId": tag, "email": _address(tag), "phone": phone, "preferredChannel": channel}
    where = {"email": _address(tag)} if channel == "email" else {"phone": phone}
    message = Event("user.signup", data, f"evt-{tag}")
    return Fact(tag, "signup", [message], [(channel, {"sent"})], key=f"userId:{tag}", **where)


def _both(tag, number, rng):
    phone = _phone(number, rng)
    data = {"orderId": f"order-{tag}", "userId": tag, "email": _address(tag), "phone": phone}
    expected = [("email", {"sent"}), ("sms", {"sent"})]
    message = Event("order.shipped", data, f"evt-{tag}")
    return Fact(tag, "both", [message], expected, email=_address(tag), phone=phone, key=f"orderId:order-{tag}")


def _twice(tag, number, rng):
    """One message, published again and again."""
    fact = rng.choice([_email, _sms])(tag, number, rng)
    fact.kind = "twice"
    fact.messages *= rng.randint(2, 4)
    return fact


def _twin(tag, number, rng):
    """Two services that report the same."""
    fact = rng.choice([_email, _sms])(tag, number, rng)
    fact.kind = "twin"
    fact.messages.append(dataclasses.replace(fact.messages[0], message_id=f"twin-{tag}"))
    return fact


def _reset(tag):
    return {"userId": tag, "resetUrl": f"https://app.example.com/reset?token={tag}", "email": _address(tag)}


def _anonymous(tag, number, rng):
    expected = [("email", {"sent"})]
    message = Event("user.password-reset", _reset(tag))
    return Fact(tag, "anonymous", [message], expected, email=_address(tag), is_anonymous=True)


def _copies(tag, number, rng):
    """Equal bodies without ids: each is a request of its own."""
    fact = _anonymous(tag, number, rng)
    fact.kind = "copies"
    copies = rng.randint(2, 3)
    fact.messages *= copies
    fact.expected *= copies
    return fact


def _poison(tag, number, rng):
    bodies = [
        b'{"paymentId": "p", "userId"',
        b'{"paymentId": "p\xff"}',
        b"",
        b"[1, 2]",
        b'{"userId": "u1", "amount": "1", "currency": "EUR"}',
    ]
    message = Event("payment.completed", rng.choice(bodies), f"evt-{tag}")
    return Fact(tag, "poison", [message] * rng.randint(1, 2), [], rejected=[f"evt-{tag}"])


def _conflict(tag, number, rng):
    """One payment with two amounts: the first that is claimed counts."""
    fact = _email(tag, number, rng)
    fact.kind = "conflict"
    other = {**fact.messages[0].data, "amount": "20.00"}
    fact.messages.append(dataclasses.replace(fact.messages[0], data=other, message_id=f"other-{tag}"))
    fact.may_conflict = sorted(fact.ids)
    return fact


def _refused(tag, number, rng):
    fact = _email(tag, number, rng)
    fact.kind, fact.expected = "refused", [("email", {"failed"})]
    return fact


def _later(tag, number, rng):
    fact = _email(tag, number, rng)
    fact.kind = "later"
    return fact


def _stopped(tag, number, rng):
    fact = _sms(tag, number, rng)
    fact.kind, fact.expected = "stopped", [("sms", {"suppressed"})]
    return fact


def _bad_number(tag, number, rng):
    fact = _sms(tag, number, rng)
    fact.kind, fact.expected = "bad number", [("sms", {"failed"})]
    return fact


def _expired(tag, number, rng):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=5)
    data = _payment(tag, email=_address(tag), occurredAt=then.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return _paid(tag, "expired", [Event("payment.completed", data, f"evt-{tag}")], ["expired"], email=_address(tag))


def _contact_later(tag, number, rng):
    """The event comes before what is known of its recipient."""
    message = Event("payment.completed", _payment(tag), f"evt-{tag}")
    contact = Event("user.updated", {"userId": tag, "email": _address(tag)}, f"contact-{tag}")
    # Where the contact comes after the last attempt, that is the end of it.
    fact = _paid(tag, "contact later", [message, contact], ["sent", "failed"], email=_address(tag))
    return fact


def _contact_never(tag, number, rng):
    message = Event("payment.completed", _payment(tag), f"evt-{tag}")
    return _paid(tag, "contact never", [message], ["failed"], channel="none")


def _unknown_type(tag, number, rng):
    message = Event(UNKNOWN_TYPE, {"userId": tag}, f"evt-{tag}")
    return Fact(tag, "unknown type", [message], [("none", {"failed"})], key=f"id:evt-{tag}")
