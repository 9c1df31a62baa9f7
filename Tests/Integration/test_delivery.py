"""The whole path: what other services publish becomes messages, each once, each audited."""

import json
import re

from helpers.events import payment, reset, signup, unique
from helpers.mails import STABLE_ID, defects, html, parse, plain
from helpers.waiting import eventually

MIXED = 1000


class Expected:
    """An event of the mix and what must come of it."""

    def __init__(self, event_type, data, channel, address, reads=()):
        self.event_type, self.data, self.channel, self.address, self.reads = event_type, data, channel, address, reads
        self.event_id = unique("evt")


def mixed_event(number):
    """Every type, both channels, both languages, three currencies, and the names that break careless programs."""
    user = f"mixed-{number}"
    address = f"{user}@example.com"
    phone = f"+4915200{number:06d}"
    kind = number % 10
    if kind in (0, 1):
        return Expected("user.signup", signup(user, address, name="Jürgen Groß", locale="de"), "email", address,
                        ("Guten Tag Jürgen Groß,", address))
    if kind == 2:
        return Expected("user.signup", signup(user, address, name="Anna", phone=phone, preferredChannel="sms"),
                        "sms", phone, ("Thank you for signing up.",))
    if kind in (3, 4):
        data = payment(user, "19.99", "EUR", email=address, name="O'Brien & Söhne", locale="de-DE")
        return Expected("payment.completed", data, "email", address,
                        ("O'Brien & Söhne", "19,99\u00a0€", data["paymentId"]))
    if kind == 5:
        data = payment(user, 128000, "JPY", email=address)
        return Expected("payment.completed", data, "email", address, ("¥128,000", data["paymentId"]))
    if kind == 6:
        data = payment(user, "1234.567", "KWD", phone=phone)
        return Expected("payment.completed", data, "sms", phone, ("1,234.567", data["paymentId"]))
    if kind in (7, 8):
        data = payment(user, "5", "EUR", email=address, reason="Card declined")
        return Expected("payment.failed", data, "email", address, ("€5.00", "Card declined"))
    link = f"https://app.example.com/reset?token=t{number}&lang=en"
    return Expected("user.password-reset", reset(user, resetUrl=link, email=address), "email", address, (link,))


def readable(text):
    """Text with every kind of blank as one plain blank: what a reader sees."""
    return re.sub(r"\s+", " ", text)


def test_a_thousand_mixed_events_are_each_sent_once_and_audited_and_again_nothing_is_sent(world, sink):
    world.start({"sms.providers": "twilio", "smtp.url": sink.url})
    events = [mixed_event(number) for number in range(MIXED)]
    world.publish_many((each.event_type, each.data, each.event_id) for each in events)
    eventually(lambda: world.audit.statuses().get("sent", 0) >= MIXED,
               lambda: f"{MIXED} rows `sent`; there are {world.audit.statuses()}", within=60)
    assert world.audit.statuses() == {"sent": MIXED}, "every row of the log is one sent notification"
    check_messages(sink.messages(), world.twilio.accepted, events)
    check_rows(world, events)
    world.wait_until_all_is_acked()

    before = sink.count(), len(world.twilio.requests)
    world.publish_many((each.event_type, each.data, each.event_id) for each in events)
    world.wait_until_all_is_acked()
    assert world.daemon.stop() == 0
    assert world.queue_depth() == 0, "what was published a second time was acked, not left or requeued"
    assert (sink.count(), len(world.twilio.requests)) == before, "the second publication sent something again"
    assert world.audit.statuses() == {"sent": MIXED}, "the second publication changed the audit log"
    assert world.dead_queue_depth() == 0 and world.audit.count("dead_letter") == 0, "nothing of it died"


def check_messages(mails, requests, events):
    by_address = {}
    for message in mails:
        assert len(message.get_all("Delivered-To")) == 1, "a mail has one recipient"
        by_address.setdefault(message["Delivered-To"].strip("<>"), []).append(message)
    texts = {}
    for sms in requests:
        texts.setdefault(sms.form["To"], []).append(sms.form["Body"])
    seen_ids = set()
    for each in events:
        found = (by_address if each.channel == "email" else texts).pop(each.address, [])
        assert len(found) == 1, f"{each.event_type} to {each.address} was sent {len(found)} times, not once"
        if each.channel == "sms":
            shown = found[0]
        else:
            message = found[0]
            assert not defects(message), f"{each.event_type}: {defects(message)}"
            assert message["Notifyd-Event-ID"] == each.event_id
            assert message["To"].addresses[0].addr_spec == each.address
            seen_ids.add(message["Message-ID"])
            shown = plain(message)
            assert html(message).count("<html") == 1, "the HTML part is one document"
        for phrase in each.reads:
            assert readable(phrase) in readable(shown), f"{each.event_type} does not say {phrase!r}: {shown}"
    assert not by_address and not texts, "something was sent that nobody published"
    assert len(seen_ids) == sum(each.channel == "email" for each in events), "every mail has a Message-ID of its own"


def check_rows(world, events):
    rows = {row["event_id"]: row for row in world.audit.log()}
    for each in events:
        row = rows[each.event_id]
        assert (row["event_type"], row["channel"]) == (each.event_type, each.channel)
        assert row["recipient_id"] == each.data["userId"]
        assert row["attempts"] == 1 and row["resend_count"] == 0
        assert row["provider"] == ("smtp" if each.channel == "email" else "twilio")
        assert row["error_code"] is None and row["error"] is None
        assert row["sent_at"] and row["received_at"] <= row["claimed_at"] <= row["sent_at"], f"its times: {row}"
        assert re.fullmatch("[0-9a-f]{12}", row["template_version"])
        assert row["content_sha256"] and row["address_hash"]
        assert each.address not in json.dumps(row, default=str), "the audit log has no full address"
        if each.channel == "email":
            assert row["address_masked"] == "m***@example.com"
        else:
            assert row["address_masked"] == f"+49***{each.address[-2:]}"
            assert row["provider_message_id"].startswith("SM"), "the sid of Twilio's answer"
    assert world.audit.count("delivery_attempt") == len(events), "one attempt for each"


def test_a_german_receipt_has_every_header_and_reads_as_intended(world):
    world.start({"email.from": "Läden GmbH <shop@notify.example>", "email.replyTo": "help@notify.example",
                 "email.envelopeFrom": "bounces@notify.example"})
    data = payment("u7", "19.99", "EUR", email="jane@example.com", name="O'Brien & Söhne <b>", locale="de")
    event_id = world.publish("payment.completed", data)
    mail = world.smtp.wait_for(1)[0]
    assert (mail.sender, mail.recipients) == ("bounces@notify.example", ("jane@example.com",))
    message = mail.message
    assert not defects(message)
    assert message.get_content_type() == "multipart/alternative"
    parts = [each.get_content_type() for each in message.iter_parts()]
    assert parts == ["text/plain", "text/html"], "text first, then HTML, so that readers prefer the HTML"
    assert all(each.get_content_charset() == "utf-8" for each in message.iter_parts())
    assert message["From"].addresses[0].display_name == "Läden GmbH"
    assert message["From"].addresses[0].addr_spec == "shop@notify.example"
    assert message["Reply-To"].addresses[0].addr_spec == "help@notify.example"
    assert str(message["To"].addresses[0].addr_spec) == "jane@example.com"
    assert readable(message["Subject"]) == "Ihre Zahlung über 19,99 € ist eingegangen"
    assert message["Date"].datetime is not None
    assert re.fullmatch(STABLE_ID, message["Message-ID"]) and message["Message-ID"].endswith("@notify.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Notifyd-Event-ID"] == event_id
    assert message["MIME-Version"] == "1.0"
    text = readable(plain(message))
    assert "Guten Tag O'Brien & Söhne <b>," in text, "text is not escaped"
    assert "Betrag: 19,99 €" in text and data["paymentId"] in text
    page = html(message)
    assert "O&#39;Brien" in page or "O&#x27;Brien" in page or "O'Brien" in page
    assert "&amp; Söhne &lt;b&gt;" in page, "HTML is escaped"
    assert 'lang="de"' in page
    row = world.settled(event_id, "sent")
    assert row["locale"] == "de"


def test_every_line_of_a_mail_is_ascii_safe_and_at_most_998_octets(world):
    world.start()
    world.publish("payment.failed", payment("u1", "1", "EUR", email="a@example.com", name="佐藤 花子",
                                            reason=".\r\n.leading dots\n" + "long " * 800))
    data = world.smtp.wait_for(1)[0].content
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines), "a bare CR, LF or NUL"
    head = data.split(b"\r\n\r\n", 1)[0]
    assert head.isascii(), "headers are ASCII"
    assert ".leading dots" in plain(parse(data)), "dot-stuffing came after encoding and was undone by the server"


def test_nothing_in_an_event_adds_a_header_or_a_recipient(world):
    world.start()
    event_id = world.publish("payment.completed", payment(
        "u1", "1", "EUR", email="victim@example.com", name="X\r\nBcc: evil@example.net",
        payment_id="p1\r\nBcc: evil@example.net\r\n\r\nbody"))
    row = eventually(lambda: world.audit.row(event_id), "its row")
    if row["status"] == "sent":
        mail = world.smtp.wait_for(1)[0]
        assert mail.recipients == ("victim@example.com",)
        assert mail.message["Bcc"] is None
    else:
        assert row["status"] in ("rejected", "failed") and len(world.smtp.messages) == 0


def test_the_message_id_stays_the_same_when_a_mail_is_sent_again_after_a_refusal(world):
    world.start({"retry.delays": "50ms,50ms"})
    world.smtp.answer("data", "451 4.3.0 try again later", times=1, recipient="again@example.com")
    event_id = world.publish("payment.completed", payment("u1", email="again@example.com"))
    world.settled(event_id, "sent")
    refused, accepted = world.smtp.refused[-1], world.smtp.wait_for(1)[0]
    assert refused.message["Message-ID"] == accepted.message["Message-ID"], "a reader's program can tell a copy"


def test_a_name_that_is_a_link_gives_way_to_the_neutral_salutation(world):
    world.start()
    event_id = world.publish("user.signup", signup(email="sam@example.com", name="Win at prizes.example.net"))
    mail = world.smtp.wait_for(1)[0]
    assert "prizes.example.net" not in plain(mail.message) and "prizes.example.net" not in html(mail.message)
    assert "Hello," in plain(mail.message)
    world.settled(event_id, "sent")


def test_a_type_with_a_folder_of_its_own_is_sent_without_a_build(world, catalogue):
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text(
        "description: Goods are on their way\ncategory: service\nchannels: [email]\ndeliver: preferred\n"
        "dedupe: [orderId]\nfields: {orderId: id, userId: id, carrier: text?}\n")
    (folder / "email.en.md").write_text(
        '---\nsubject: "Order {{orderId}} is on its way"\n---\nHello,\n\n**{{orderId}}** is on its way'
        "{{#carrier}} with {{carrier}}{{/carrier}}.\n")
    (folder / "samples" / "default.json").write_text(
        '{"orderId": "o1", "userId": "u1", "email": "jane@example.com", "carrier": "DHL"}')
    world.start({"catalogue.path": catalogue})
    event_id = world.publish("order.shipped", {"orderId": 77, "userId": 5, "email": "jane@example.com",
                                               "carrier": "Royal *Mail*"})
    mail = world.smtp.wait_for(1)[0]
    assert mail.message["Subject"] == "Order 77 is on its way"
    assert "77 is on its way with Royal *Mail*." in plain(mail.message), "values never meet the Markdown parser"
    assert "<strong>77</strong> is on its way with Royal *Mail*." in html(mail.message)
    assert world.settled(event_id, "sent")["recipient_id"] == "5"
