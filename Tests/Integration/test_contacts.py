"""Recipients that an event names by id only: what earlier events and imports said about them counts."""

import json

from helpers.events import payment, signup, unique
from helpers.mails import plain
from helpers.waiting import eventually

QUICK = {"retry.delays": "100ms,100ms,100ms,100ms,100ms,100ms,100ms,100ms,100ms,100ms"}


def test_a_payment_by_user_id_goes_to_the_address_of_the_signup_in_its_language(world):
    world.start()
    user = unique("user")
    first = world.publish("user.signup", signup(user, "maria@example.com", name="María", locale="de-AT"))
    world.settled(first, "sent")
    event_id = world.publish("payment.completed", payment(user))
    row = world.settled(event_id, "sent")
    mail = world.mail_of(event_id)
    assert mail.recipients == ("maria@example.com",)
    assert "Guten Tag María," in plain(mail.message)
    assert (row["locale"], row["recipient_id"]) == ("de", user)


def test_a_null_in_an_event_hides_and_removes_nothing_that_is_known(world):
    world.start()
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "known@example.com", "phone": "+4915201234567"})
    eventually(lambda: world.audit.contact(user), "the contact")
    event_id = world.publish("payment.completed", payment(user, email=None))
    world.settled(event_id, "sent")
    assert world.mail_of(event_id).recipients == ("known@example.com",)
    first = world.publish("user.signup", signup(user, "known@example.com", phone=None))
    world.settled(first, "sent")
    assert world.audit.contact(user)["phone"] == "+4915201234567"


def test_a_conflicting_signup_redirects_no_mail(world):
    world.start()
    user = unique("user")
    first = world.publish("user.signup", signup(user, "maria@example.com"))
    world.settled(first, "sent")
    other = world.publish("user.signup", signup(user, "mallory@example.com"))
    assert world.settled(other, "rejected")["error_code"] == "identity.conflict"
    assert world.audit.contact(user)["email"] == "maria@example.com"
    event_id = world.publish("payment.completed", payment(user))
    world.settled(event_id, "sent")
    assert world.mail_of(event_id).recipients == ("maria@example.com",)


def test_an_unknown_contact_is_parked_and_sent_once_it_is_known(world):
    world.start(QUICK)
    user = unique("user")
    event_id = world.publish("payment.completed", payment(user))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["error_code"], row["channel"]) == ("retrying", "contact.unknown", "none")
    eventually(lambda: world.queue_depth() == 0, "nothing waits in the queue: it is parked in Postgres")
    world.publish("user.updated", {"userId": user, "email": "late@example.com"})
    row = world.settled(event_id, "sent")
    assert row["channel"] == "email", "the row with no channel became the first channel's"
    assert world.smtp.wait_for(1)[0].recipients == ("late@example.com",)
    assert world.audit.parked() == [], "what is settled is parked no more"


def test_a_contact_that_never_comes_fails_and_is_a_dead_letter(world):
    world.start({"retry.delays": "50ms,50ms"})
    event_id = world.publish("payment.completed", payment(unique("user")))
    row = world.settled(event_id, "failed")
    assert row["error_code"] == "contact.unknown" and row["attempts"] == 3
    dead = world.audit.dead_letters(event_id=event_id)
    assert [(each["reason"], each["error_code"]) for each in dead] == [("failed", "contact.unknown")]
    assert world.audit.parked() == []


def test_user_updated_changes_what_it_carries_and_leaves_no_row(world):
    world.start()
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "old@example.com", "name": "Sam", "phone": "+491520001"})
    eventually(lambda: world.audit.contact(user), "the contact")
    world.publish("user.updated", {"userId": user, "email": "new@example.com", "name": None})
    contact = eventually(lambda: (c := world.audit.contact(user)) and c["email"] == "new@example.com" and c,
                         "the new address")
    assert contact["phone"] == "+491520001", "absent is unchanged"
    assert contact["name"] is None, "null is removed"
    assert world.audit.count("notification_log") == 0 and world.audit.count("event") == 0
    assert len(world.smtp.messages) == 0
    world.wait_until_all_is_acked()


def test_an_older_event_never_overwrites_a_newer_field(world):
    world.start()
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "new@example.com", "occurredAt": "2026-05-02T00:00:00Z"})
    eventually(lambda: world.audit.contact(user), "the contact")
    world.publish("user.updated", {"userId": user, "email": "old@example.com", "name": "Sam",
                                   "occurredAt": "2026-05-01T00:00:00Z"})
    contact = eventually(lambda: (c := world.audit.contact(user)) and c["name"] == "Sam" and c,
                         "the older event's name")
    assert contact["email"] == "new@example.com"


def test_a_deleted_user_is_forgotten_and_a_late_older_event_does_not_bring_them_back(world):
    world.start({"retry.delays": "50ms"})
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "gone@example.com", "occurredAt": "2026-05-01T00:00:00Z"})
    eventually(lambda: world.audit.contact(user), "the contact")
    world.publish("user.deleted", {"userId": user, "occurredAt": "2026-05-02T00:00:00Z"})
    eventually(lambda: world.audit.contact(user)["email"] is None, "an empty row is left")
    world.publish("user.updated", {"userId": user, "email": "gone@example.com", "occurredAt": "2026-05-01T12:00:00Z"})
    event_id = world.publish("payment.completed", payment(user))
    row = world.settled(event_id, "failed")
    assert row["error_code"] == "address.missing"
    assert world.audit.contact(user)["email"] is None
    assert len(world.smtp.messages) == 0


def test_who_prefers_sms_gets_sms(world):
    world.start({"sms.providers": "twilio"})
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "a@example.com", "phone": "+4915201234567",
                                   "preferredChannel": "sms"})
    eventually(lambda: world.audit.contact(user), "the contact")
    event_id = world.publish("payment.completed", payment(user))
    assert world.settled(event_id, "sent")["channel"] == "sms"
    assert [each.form["To"] for each in world.twilio.requests] == ["+4915201234567"]
    assert len(world.smtp.messages) == 0


def test_imported_contacts_are_known_before_their_first_event(world, folder):
    world.start()
    csv = folder / "users.csv"
    csv.write_text("userId,email,name,locale\nimp-1,one@example.com,\"Müller, Eva\",de\nimp-2,two@example.com,,\n")
    assert "2" in world.command("contact", "import", csv).output
    ndjson = json.dumps({"userId": 3, "phone": "+491520003", "preferredChannel": "sms"}) + "\n"
    assert "1" in world.command("contact", "import", "-", stdin=ndjson).output
    assert world.audit.contact("imp-1")["name"] == "Müller, Eva"
    assert world.audit.contact("3")["preferred_channel"] == "sms"
    event_id = world.publish("payment.completed", payment("imp-1"))
    world.settled(event_id, "sent")
    assert world.smtp.wait_for(1)[0].recipients == ("one@example.com",)


def test_an_import_understands_the_names_that_contact_show_prints(world, folder):
    world.command("migrate")
    csv = folder / "users.csv"
    csv.write_text("recipient_id,email,phone,preferred_channel,opt_out\n"
                   "imp-1,one@example.com,+491520003,sms,marketing\n")
    world.command("contact", "import", csv)
    shown = world.command("contact", "show", "imp-1", "--reveal", "--json").json()[0]
    assert {name: shown[name] for name in csv.read_text().splitlines()[0].split(",")} == {
        "recipient_id": "imp-1", "email": "one@example.com", "phone": "+491520003", "preferred_channel": "sms",
        "opt_out": ["marketing"]}


def test_an_address_that_is_none_fails_that_event_and_is_never_stored(world):
    world.start()
    user = unique("user")
    event_id = world.publish("user.signup", signup(user, "a@example.com, b@example.com"))
    row = world.settled(event_id, "failed")
    assert row["error_code"] in ("address.invalid", "address.missing")
    assert len(world.smtp.messages) == 0
    contact = world.audit.contact(user)
    assert contact is None or contact["email"] is None
