"""What operators see and mend: dlq, uncertain, pause, why and contact, as they type it (contract sections 1, 5 and 6)."""

import base64
import json
import os
import pwd
import uuid

import pytest

from harness import Answer, ChildProcess
from harness.processes import environment
from harness.program import notifyd_path
from helpers.events import payment, reset, signup, unique
from helpers.waiting import eventually, never

PHONE = "+4915201234567"
SMS = {"sms.providers": "twilio"}
BAD = "bad@example.com"


def one_line(text):
    lines = text.splitlines()
    assert len(lines) == 1, f"one line on standard error expected: {text}"
    return lines[0]


def refuse(world, recipient=BAD):
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient=recipient)


def dead_payment(world, recipient=BAD):
    """A payment whose mail was refused for good: the event's id and the dead letter's number."""
    event_id = world.publish("payment.completed", payment(unique("user"), email=recipient))
    world.settled(event_id, "failed")
    return event_id, world.audit.dead_letters(event_id=event_id)[0]["id"]


def many_dead(world, count):
    """So many dead letters of events whose mails were refused."""
    refuse(world)
    events = [("payment.completed", payment(unique("user"), email=BAD), unique("evt")) for _ in range(count)]
    world.publish_many(events)
    eventually(lambda: world.audit.count("dead_letter") == count, f"{count} dead letters", within=40)
    return [event_id for _, _, event_id in events]


def actions(world, action):
    return [row for row in world.audit.operator_actions() if row["action"] == action]


# dlq replay


def test_a_replayed_dead_letter_is_sent_once_and_recorded(world):
    world.start()
    refuse(world)
    event_id, dead = dead_payment(world)
    world.smtp.answer("rcpt", None, recipient=BAD)
    outcome = world.command("dlq", "replay", dead)
    assert "replayed: 1" in outcome.output
    row = world.settled(event_id, "sent")
    assert row["attempts"] == 2, "the schedule starts anew, the attempts go on counting"
    world.mail_of(event_id)
    assert world.audit.parked() == []
    assert world.audit.dead_letters(id=dead)[0]["replayed_at"] is not None
    action = actions(world, "replay")[0]
    assert f"dead_letter:{dead}" in action["targets"] and f"notification:{row['id']}" in action["targets"]
    assert action["count"] == 1 and action["who"]

    failure = one_line(world.command("dlq", "replay", dead, status=1).errors)
    assert str(dead) in failure and "already replayed" in failure
    assert len(actions(world, "replay")) == 1, "what does nothing is no action"


def test_a_replay_that_fails_again_dies_again_and_can_be_replayed_again(world):
    world.start()
    refuse(world)
    event_id, dead = dead_payment(world)
    for attempts in (2, 3):
        world.command("dlq", "replay", dead)
        eventually(lambda: world.audit.row(event_id)["attempts"] == attempts
                   and world.audit.row(event_id)["status"] == "failed", f"{attempts} attempts")
        assert [row["replayed_at"] for row in world.audit.dead_letters(event_id=event_id)] == [None]
    assert world.audit.count("dead_letter") == 1


def test_a_replayed_notification_gets_its_whole_retry_schedule_again(world):
    """Attempts used up: three; replayed: three more."""
    world.start({"retry.delays": "50ms,50ms"})
    world.smtp.answer("rcpt", "450 4.2.0 later", recipient=BAD)
    event_id, dead = dead_payment(world)
    assert world.audit.row(event_id)["attempts"] == 3
    world.command("dlq", "replay", dead)
    eventually(lambda: (row := world.audit.row(event_id))["attempts"] == 6 and row["status"] == "failed",
               lambda: f"six attempts; {world.audit.row(event_id)}")


def test_a_rejected_event_is_sent_once_its_trouble_is_over(world):
    """The link's host was refused by our own setting; with the setting mended the event is identified anew."""
    user = unique("user")
    world.start({"links.hosts": "other.example"})
    event_id = world.publish("user.password-reset", reset(user, email="maria@example.com"))
    world.settled(event_id, "rejected")
    dead = eventually(lambda: world.audit.dead_letters(event_id=event_id), "its dead letter")[0]["id"]
    world.daemon.stop()
    world.start()
    world.command("dlq", "replay", dead)
    row = world.settled(event_id, "sent")
    assert row["channel"] == "email"
    world.mail_of(event_id)
    assert world.audit.parked() == []


def test_replay_by_filter_takes_what_matches_and_a_dry_run_changes_nothing(world):
    world.start()
    refuse(world)
    event_id, dead = dead_payment(world)
    poison = world.publish_raw("payment.completed", b"{")
    eventually(lambda: world.audit.dead_letters(event_id=poison), "its dead letter")
    world.smtp.answer("rcpt", None, recipient=BAD)
    outcome = world.command("dlq", "replay", "--reason", "smtp.550", "--since", "1h", "--dry-run", "--json")
    assert outcome.json() == [{"dry_run": True, "id": dead, "outcome": "replayed"}]
    assert "would be replayed: 1" in world.command("dlq", "replay", "--reason", "smtp.550", "--dry-run").output
    assert world.audit.operator_actions() == [] and world.audit.parked() == []
    assert "replayed: 0" in world.command("dlq", "replay", "--type", "user.signup").output

    outcome = world.command("dlq", "replay", "--reason", "smtp.550", "--type", "payment.completed", "--json")
    assert outcome.json() == [{"dry_run": False, "id": dead, "outcome": "replayed"}]
    world.settled(event_id, "sent")
    assert actions(world, "replay")[0]["filter"] == "--type payment.completed --reason smtp.550"
    assert world.audit.dead_letters(event_id=poison)[0]["replayed_at"] is None


def test_what_was_sent_meanwhile_is_skipped_and_said(world):
    world.start()
    refuse(world)
    event_id, dead = dead_payment(world)
    world.audit.query("UPDATE notifications.notification_log SET status = 'sent' WHERE event_id = %s", event_id)
    line = world.command("dlq", "replay", dead, "4711", "--json", status=1)
    assert [(row["id"], row["outcome"], row["reason"]) for row in line.json()] == [
        (dead, "skipped", "sent meanwhile"), (4711, "skipped", "there is no such dead letter")]
    assert "4711" in one_line(line.errors)
    assert "skipped: 1 (sent meanwhile: 1)" in world.command("dlq", "replay", "--all").output


def test_replay_works_while_the_daemon_is_down(world):
    world.start()
    refuse(world)
    event_id, dead = dead_payment(world)
    world.daemon.stop()
    world.smtp.answer("rcpt", None, recipient=BAD)
    world.command("dlq", "replay", "--all")
    assert [row["hold"] for row in world.audit.parked()] == ["due"]
    assert world.audit.row(event_id)["status"] == "retrying"
    world.start()
    world.settled(event_id, "sent")


def test_a_replay_killed_half_way_has_done_and_recorded_whole_chunks_and_loses_nothing(world):
    world.start()
    ids = many_dead(world, 12)
    world.daemon.stop()
    replay = ChildProcess([notifyd_path(), "dlq", "replay", "--all", "--rate", "4"], folder=world.folder,
                          environment=environment(**world.variables()))
    eventually(lambda: world.audit.operator_actions(), "a first chunk")
    replay.kill()
    replayed = [row for row in world.audit.dead_letters() if row["replayed_at"]]
    assert 0 < len(replayed) < 12 and len(replayed) % 4 == 0
    assert sum(row["count"] for row in actions(world, "replay")) == len(replayed) == world.audit.count("parked")
    assert world.audit.statuses() == {"retrying": len(replayed), "failed": 12 - len(replayed)}

    assert f"replayed: {12 - len(replayed)}" in world.command("dlq", "replay", "--all").output
    assert sum(row["count"] for row in actions(world, "replay")) == 12 == world.audit.count("parked")
    world.smtp.answer("rcpt", None, recipient=BAD)
    world.start()
    for event_id in ids:
        world.settled(event_id, "sent")
    assert len(world.smtp.messages) == 12


def test_a_rate_makes_chunks_of_what_a_second_allows(world):
    world.start()
    many_dead(world, 5)
    world.daemon.stop()
    world.command("dlq", "replay", "--all", "--rate", "2.5")
    assert [row["count"] for row in actions(world, "replay")] == [2, 2, 1]


def test_many_are_replayed_in_few_transactions(world):
    world.start()
    many_dead(world, 40)
    world.daemon.stop()
    assert "replayed: 40" in world.command("dlq", "replay", "--all").output
    assert [row["count"] for row in actions(world, "replay")] == [40]


# dlq drop, list, show


def test_drop_deletes_for_good_and_only_with_yes(world):
    world.start()
    refuse(world)
    _, dead = dead_payment(world)
    _, other = dead_payment(world)
    assert "--yes" in one_line(world.command("dlq", "drop", dead, status=64).errors)
    assert "would be dropped: 2" in world.command("dlq", "drop", "--all", "--dry-run").output
    assert world.audit.count("dead_letter") == 2
    assert "dropped: 1" in world.command("dlq", "drop", dead, "--yes").output
    assert [row["id"] for row in world.audit.dead_letters()] == [other]
    assert "dropped: 1" in world.command("dlq", "drop", "--reason", "failed", "--yes").output
    assert world.audit.count("dead_letter") == 0
    assert [(row["count"], row["filter"]) for row in actions(world, "drop")] == [(1, None), (1, "--reason failed")]
    assert "no such dead letter" in one_line(world.command("dlq", "drop", dead, "--yes", status=1).errors)


@pytest.mark.parametrize("verb", ["replay", "drop"])
@pytest.mark.parametrize("arguments", [[], ["--all", "17"], ["--all", "--type", "t"], ["17", "--reason", "failed"],
                                       ["17", "--rate", "0"], ["seventeen"]])
def test_what_to_take_has_to_be_said_in_one_way(world, verb, arguments):
    assert "--help" in one_line(world.command("dlq", verb, *arguments, "--dry-run", status=64).errors)


def test_groups_are_counted_by_reason_code_and_type(world):
    world.start()
    many_dead(world, 3)
    poison = world.publish_raw("payment.completed", b"{")
    eventually(lambda: world.audit.dead_letters(event_id=poison), "its dead letter")
    groups = world.command("dlq", "list", "--by", "reason", "--json").json()
    assert [(row["reason"], row["error_code"], row["event_type"], row["count"]) for row in groups] == [
        ("failed", "smtp.550", "payment.completed", 3), ("rejected", "json.invalid", "payment.completed", 1)]


def test_sensitive_fields_stay_masked_even_when_the_rest_is_revealed(world):
    world.start()
    refuse(world)
    event_id = world.publish("user.password-reset", reset("user-r", email=BAD))
    world.settled(event_id, "failed")
    dead = world.audit.dead_letters(event_id=event_id)[0]["id"]
    shown = world.command("dlq", "show", dead, "--reveal").output
    assert BAD in shown and "user-r" in shown and "abc123" not in shown and '"resetUrl": "***"' in shown


def test_what_wraps_sensitive_fields_as_base64_is_masked_as_a_whole(world):
    world.start()
    refuse(world)
    data = base64.b64encode(json.dumps(reset("user-r", email=BAD)).encode()).decode()
    envelope = {"specversion": "1.0", "id": unique("evt"), "source": "/shop", "type": "user.password-reset",
                "data_base64": data}
    event_id = world.publish_raw("user.password-reset", json.dumps(envelope).encode(),
                                 content_type="application/cloudevents+json")
    world.settled(event_id, "failed")
    dead = world.audit.dead_letters(event_id=event_id)[0]["id"]
    shown = world.command("dlq", "show", dead, "--reveal").output
    assert '"data_base64": "***"' in shown and '"source": "/shop"' in shown and data not in shown


# uncertain


@pytest.fixture
def uncertain(world):
    """An SMS of which Twilio never said whether it went out."""
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(500, 20500), Answer())
    event_id = world.publish("payment.completed", payment(phone=PHONE))
    return event_id, world.settled(event_id, "uncertain")["id"]


def test_uncertain_is_listed_and_resolved_as_sent(world, uncertain):
    event_id, notification = uncertain
    row = world.command("uncertain", "list", "--json").json()[0]
    assert (row["notification_id"], row["event_id"], row["channel"]) == (notification, event_id, "sms")
    assert PHONE not in json.dumps(row) and row["since"]
    assert set(row) == {"notification_id", "event_id", "event_type", "channel", "recipient_id", "address_masked",
                        "provider", "attempts", "error_code", "error", "since"}
    table = world.command("uncertain", "list").output
    assert notification in table and event_id in table

    assert notification in world.command("uncertain", "resolve", notification, "--sent").output
    row = world.settled(event_id, "sent")
    assert row["sent_at"] and row["error_code"] is None and row["resend_count"] == 0
    assert world.audit.parked() == [] and world.command("uncertain", "list", "--json").json() == []
    assert [(a["filter"], a["count"], a["targets"]) for a in actions(world, "resolve")] == [
        ("--sent", 1, [f"notification:{notification}"])]
    never(lambda: len(world.twilio.requests) > 1, "it was sent again")

    failure = one_line(world.command("uncertain", "resolve", notification, "--resend", status=1).errors)
    assert "it is sent" in failure


def test_uncertain_is_sent_again_by_its_events_id_and_counted(world, uncertain):
    event_id, notification = uncertain
    outcome = world.command("uncertain", "resolve", event_id, "--resend", "--json")
    assert outcome.json() == [{"id": event_id, "notifications": [notification], "outcome": "resend"}]
    row = world.settled(event_id, "sent")
    assert row["resend_count"] == 1 and row["attempts"] == 2
    assert len(world.twilio.requests) == 2 and world.audit.parked() == []


@pytest.mark.parametrize("arguments", [["resolve", "x"], ["resolve", "--sent"], ["resolve", "x", "--sent", "--resend"]])
def test_resolve_needs_an_id_and_one_decision(world, arguments):
    assert "--help" in one_line(world.command("uncertain", *arguments, status=64).errors)


def test_resolving_what_nobody_knows_is_1(world):
    world.command("migrate")
    assert "nobody" in one_line(world.command("uncertain", "resolve", "nobody", "--sent", status=1).errors)


# pause and resume


def test_what_is_paused_is_parked_and_sent_when_it_is_resumed(world):
    world.start()
    world.command("pause", "--type", "payment.completed", "--reason", "wrong amounts")
    # Every replica follows within a second: until then an event may still go out.
    eventually(lambda: world.audit.row(publish_payment(world), status="paused"), "a paused notification", within=15)
    signup_id = world.publish("user.signup", signup())
    world.settled(signup_id, "sent")
    paused = publish_payment(world)
    row = world.settled(paused, "paused")
    assert row["error_code"] == "operator.paused" and row["attempts"] == 0
    assert [each["hold"] for each in world.audit.parked(notification_id=row["id"])] == ["paused"]
    eventually(lambda: world.queue_depth() == 0, "paused notifications are acked")
    world.command("resume", "--type", "payment.completed")
    assert world.settled(paused, "sent")["attempts"] == 1
    world.mail_of(paused)
    eventually(lambda: world.audit.parked() == [], "nothing waits any more")


def publish_payment(world):
    event_id = world.publish("payment.completed", payment(unique("user"), email="a@example.com"))
    eventually(lambda: world.audit.row(event_id), "its row")
    return event_id


def test_a_pause_by_channel_leaves_the_other_alone(world):
    world.start(SMS)
    world.command("pause", "--channel", "sms")
    eventually(lambda: paused_sms(world), "a paused SMS", within=15)
    event_id = world.publish("payment.completed", payment(unique("user"), email="a@example.com"))
    world.settled(event_id, "sent")
    world.command("resume", "--channel", "sms")
    eventually(lambda: world.audit.parked() == [], "nothing waits any more")


def paused_sms(world):
    event_id = world.publish("payment.completed", payment(unique("user"), phone=PHONE))
    row = eventually(lambda: world.audit.row(event_id), "its row")
    return row["status"] == "paused"


def test_pausing_and_resuming_says_what_was_and_is_recorded(world):
    world.command("migrate")
    assert "nothing is paused" in world.command("pause", "--list").errors
    assert "paused: payment.completed by sms" in world.command(
        "pause", "--type", "payment.completed", "--channel", "sms", "--reason", "costs").output
    again = world.command("pause", "--type", "payment.completed", "--channel", "sms", "--reason", "other")
    assert "already paused" in again.output and "costs" in again.output
    assert world.command("pause", "--all", "--json").json() == [
        {"changed": True, "channel": None, "event_type": None}]
    listed = world.command("pause", "--list", "--json").json()
    assert [(row["event_type"], row["channel"], row.get("reason")) for row in listed] == [
        ("payment.completed", "sms", "costs"), (None, None, None)]
    assert "costs" in world.command("pause", "--list").output

    still = world.command("resume", "--type", "payment.completed", "--channel", "sms")
    assert "resumed" in still.output and "still paused: all notifications" in one_line(still.errors)
    assert "still paused" in one_line(world.command("resume", "--channel", "email", status=1).errors)
    world.command("resume", "--all")
    assert "not paused" in world.command("resume", "--all").output
    assert world.audit.count("pause") == 0
    recorded = [(row["action"], row["filter"], row["targets"], row["reason"]) for row in world.audit.operator_actions()]
    assert recorded == [
        ("pause", "--type payment.completed --channel sms", ["type:payment.completed channel:sms"], "costs"),
        ("pause", "--all", ["all"], None),
        ("resume", "--type payment.completed --channel sms", ["type:payment.completed channel:sms"], None),
        ("resume", "--all", ["all"], None)]


def test_resume_all_takes_back_every_pause_and_records_each(world):
    world.command("migrate")
    scopes = [["--type", "payment.completed", "--channel", "sms"], ["--channel", "email"], ["--all"]]
    for scope in scopes:
        world.command("pause", *scope)
    outcome = world.command("resume", "--all")
    assert [line.partition(", paused")[0] for line in outcome.output.splitlines()] == [
        "resumed: payment.completed by sms", "resumed: everything by email", "resumed: all notifications"]
    assert outcome.errors == "" and world.audit.count("pause") == 0
    assert sorted((row["filter"], *row["targets"]) for row in actions(world, "resume")) == [
        ("--all", "all"), ("--all", "channel:email"), ("--all", "type:payment.completed channel:sms")]
    world.command("pause", "--channel", "sms")
    assert [(row["channel"], row["changed"]) for row in world.command("resume", "--all", "--json").json()] == [
        ("sms", True)], "without a pause of all"
    assert world.command("resume", "--all", "--json").json() == [
        {"changed": False, "channel": None, "event_type": None}]


def test_without_variables_the_operator_is_the_user_of_the_process(world):
    world.command("migrate")
    world.command("pause", "--all", environment={"SUDO_USER": "", "USER": "", "LOGNAME": ""})
    [action] = world.audit.operator_actions()
    assert action["who"].startswith(f"{pwd.getpwuid(os.getuid()).pw_name}@"), action


def test_pausing_an_unknown_type_warns_with_the_nearest_and_does_it(world):
    world.command("migrate")
    outcome = world.command("pause", "--type", "payment.complete")
    assert "payment.completed" in one_line(outcome.errors)
    assert world.audit.count("pause", event_type="payment.complete") == 1


@pytest.mark.parametrize("arguments", [["pause"], ["resume"], ["pause", "--all", "--type", "t"], ["pause", "--list", "--all"],
                                       ["pause", "--channel", "fax"], ["resume", "--all", "--channel", "sms"]])
def test_a_scope_has_to_be_said(world, arguments):
    assert "--help" in one_line(world.command(*arguments, status=64).errors)


# why


def test_why_tells_the_whole_story_oldest_first(world):
    world.start({"retry.delays": "50ms"})
    world.smtp.answer("rcpt", "450 4.2.0 later", times=1, recipient="anna@example.com")
    world.smtp.answer("data", "550 5.7.1 refused", times=1, recipient="anna@example.com")
    data = payment("user-a", email="anna@example.com")
    event_id = world.publish("payment.completed", data)
    row = world.settled(event_id, "failed")
    dead = world.audit.dead_letters(event_id=event_id)[0]["id"]
    world.command("dlq", "replay", dead)
    world.settled(event_id, "sent")

    story = world.command("why", event_id, "--json").json()
    assert [entry["at"] for entry in story] == sorted(entry["at"] for entry in story)
    kinds = [entry["what"] for entry in story]
    assert kinds[0] == "received" and kinds.index("claimed") < kinds.index("attempt")
    assert {"dead_lettered", "operator"} <= set(kinds) and kinds[-1] == "status"
    attempts = [entry for entry in story if entry["what"] == "attempt"]
    assert [entry["attempt"] for entry in attempts] == [1, 2, 3]
    assert [entry.get("error_code") for entry in attempts] == ["smtp.450", "smtp.550", None]
    assert all(entry["provider"] == "smtp" and entry["duration_ms"] > 0 and entry["total_ms"] >= 0
               for entry in attempts)
    assert story[-1]["outcome"] == "sent"
    for term in (row["id"], row["id"].upper(), f"paymentId:{data['paymentId']}"):
        assert world.command("why", term, "--json").json() == story

    text = world.command("why", event_id).output
    assert "anna@example.com" not in text and "a***@example.com" in text
    for words in ("received", "claimed", "attempt 1 by smtp", "smtp.450", "dns", "connect", "replay by", "sent"):
        assert words in text, text


def test_why_shows_what_it_waits_for(world, uncertain):
    event_id, notification = uncertain
    story = world.command("why", notification, "--json").json()
    assert (story[-1]["what"], story[-1]["hold"], story[-1]["event_id"]) == ("parked", "uncertain", event_id)
    assert "notifyd uncertain resolve" in world.command("why", event_id).output
    world.command("uncertain", "resolve", event_id, "--sent")
    story = world.command("why", notification, "--json").json()
    assert [entry["action"] for entry in story if entry["what"] == "operator"] == ["resolve"]
    assert all(entry["what"] != "parked" for entry in story)


def test_why_tells_of_poison_too(world):
    world.start()
    poison = world.publish_raw("payment.completed", b"{")
    eventually(lambda: world.audit.dead_letters(event_id=poison), "its dead letter")
    text = world.command("why", poison).output
    assert "rejected" in text and "json.invalid" in text and "dead letter" in text


def test_why_of_nothing_is_1_and_says_so(world):
    world.command("migrate")
    for term in ("nobody", str(uuid.uuid4()), "a\x1bb"):
        line = one_line(world.command("why", term, status=1).errors)
        assert "nothing is known" in line and "\x1b" not in line


# contact


def test_contact_show_masks_addresses_unless_revealed_which_is_recorded(world):
    world.start()
    user = unique("user")
    world.publish("user.signup", signup(user, "maria@example.com", name="María", phone=PHONE, locale="de-AT"))
    eventually(lambda: world.audit.contact(user), "the contact")
    shown = world.command("contact", "show", user).output
    assert "m***@example.com" in shown and "maria@example.com" not in shown and PHONE not in shown
    assert "María" in shown and "de-AT" in shown
    row = world.command("contact", "show", user, "--json").json()[0]
    assert (row["recipient_id"], row["email"], row["locale"]) == (user, "m***@example.com", "de-AT") and row["email_at"]
    assert world.audit.operator_actions() == []
    assert "maria@example.com" in world.command("contact", "show", user, "--reveal").output
    assert [(a["action"], a["targets"]) for a in world.audit.operator_actions()] == [("reveal", [f"contact:{user}"])]


def test_a_forgotten_contact_is_not_brought_back_by_an_older_event(world):
    world.start()
    user = unique("user")
    world.publish("user.signup", signup(user, "maria@example.com"))
    eventually(lambda: world.audit.contact(user), "the contact")
    assert f"forgotten: {user}" in world.command("contact", "forget", user).output
    contact = world.audit.contact(user)
    assert contact["email"] is None and contact["email_at"] and contact["timezone_at"] and contact["opt_out_at"]
    assert [(a["action"], a["targets"]) for a in world.audit.operator_actions()] == [("forget", [f"contact:{user}"])]
    world.publish("user.updated", {"userId": user, "email": "old@example.com", "occurredAt": "2020-01-01T00:00:00Z"})
    other = unique("user")
    world.publish("user.updated", {"userId": other, "email": "other@example.com"})
    eventually(lambda: world.audit.contact(other), "what came later")
    assert world.audit.contact(user)["email"] is None
    world.publish("user.updated", {"userId": user, "email": "new@example.com"})
    eventually(lambda: world.audit.contact(user)["email"] == "new@example.com", "a newer event counts")


def test_forgetting_somebody_unknown_leaves_an_empty_row(world):
    world.command("migrate")
    assert world.command("contact", "forget", "nobody", "--json").json() == [
        {"recipient_id": "nobody", "was_known": False}]
    assert world.audit.contact("nobody")["email_at"]
    assert "nobody-else" in one_line(world.command("contact", "show", "nobody-else", status=1).errors)


# all of them


@pytest.mark.parametrize("arguments", [["dlq", "replay", "--all"], ["dlq", "drop", "--all", "--yes"], ["uncertain", "list"],
                                       ["uncertain", "resolve", "x", "--sent"], ["pause", "--all"], ["resume", "--all"],
                                       ["why", "x"], ["contact", "show", "x"], ["contact", "forget", "x"]])
def test_with_the_database_away_it_is_69(world, arguments):
    away = {"database.url": "postgres://127.0.0.1:1/notify"}
    assert "database" in one_line(world.command(*arguments, settings=away, status=69).errors)
