"""The checker of `make chaos` sees each kind of wrong end; else its silence would mean nothing."""

import collections
import datetime
import types
import uuid

import pytest

from chaos.evidence import About
from chaos.fact_check import FactCheck
from chaos.facts import Fact
from chaos.mail_service import Mail
from harness import Event
from harness.twilio import TwilioRequest


def fact(channel="email", **more):
    message = Event("payment.completed", {}, "evt-1")
    return Fact("tag", "email", [message], [(channel, {"sent"})], key="paymentId:p", **more)


def good(channel="email"):
    """What there is to see of one that was sent once."""
    notification = uuid.uuid4()
    event = {"event_id": "evt-1", "dedupe_key": "paymentId:p", "states": ["settled"], "lease_until": None}
    row = {"id": notification, "event_id": "evt-1", "channel": channel, "status": "sent", "attempts": 1,
           "error_code": None, "resend_count": 0}
    attempt = {"notification_id": notification, "outcome": "accepted"}
    about = About(events=[event], log=[row], attempts=[attempt])
    if channel == "email":
        about.mails.append(mail())
    else:
        about.requests.append(request())
    return about


def mail(message_id="<a@example.com>"):
    return Mail(0.0, "a@example.com", "evt-1", message_id, "250 ok")


def request(status=201, sid="SM1"):
    return TwilioRequest(0.0, {"To": "+491511"}, {}, status, sid)


def verdict(fact, about, times=1, resent=(), broker_ends=0, crashes=0):
    site = types.SimpleNamespace(
        times_published=lambda _: times,
        resent=collections.Counter(resent),
        broker_ends=broker_ends,
        crashes=crashes,
    )
    check = FactCheck(site, fact, about)
    check.run()
    return check


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_is_as_it_should_be_is_not_complained_about(channel):
    assert verdict(fact(channel), good(channel)).wrong == []


def test_an_event_without_a_row_is_lost():
    assert verdict(fact(), About()).lost == 1


def test_a_row_that_says_sent_while_the_provider_has_nothing_is_lost():
    about = good()
    about.mails.clear()
    assert verdict(fact(), about).lost == 1


def test_a_second_mail_is_doubled_unless_the_row_counts_it():
    about = good()
    about.mails.append(mail())
    assert verdict(fact(), about).doubled == 1
    about.log[0]["resend_count"] = 1
    assert verdict(fact(), about).wrong == []


def test_a_resent_mail_with_another_message_id_is_wrong():
    about = good()
    about.mails.append(mail("<b@example.com>"))
    about.log[0]["resend_count"] = 1
    assert "Message-ID" in verdict(fact(), about).wrong[0]


@pytest.mark.parametrize(("status", "is_wrong"), [(0, True), (500, True), (201, True), (503, False), (429, False)])
def test_an_sms_beside_one_that_twilio_may_have_taken_is_doubled(status, is_wrong):
    about = good("sms")
    about.requests.append(request(status, sid="SM2" if status == 201 else ""))
    assert bool(verdict(fact("sms"), about).doubled) == is_wrong


def test_a_second_sms_is_doubled_unless_an_operator_had_it_sent_again_whatever_its_row_counts():
    about = good("sms")
    about.requests.append(request(sid="SM2"))
    about.log[0]["resend_count"] = 1
    assert verdict(fact("sms"), about).doubled == 1
    assert verdict(fact("sms"), about, resent=[about.log[0]["id"]]).wrong == []


def test_sent_needs_an_attempt_that_was_accepted():
    about = good()
    about.attempts[0]["outcome"] = "transient"
    assert verdict(fact(), about).wrong


def test_a_mail_for_a_notification_that_failed_is_doubled_unless_it_was_uncertain_once():
    about = good()
    about.log[0] |= {"status": "failed", "attempts": 9}
    about.dead.append({"reason": "failed"})
    assert verdict(fact(), about).doubled == 1
    about.log[0]["resend_count"] = 1
    assert verdict(fact(), about).wrong == []


@pytest.mark.parametrize("wrong", [
    {"lease_until": datetime.datetime.now()}, {"states": ["open"]}, {"states": ["parked"]}, {"states": ["uncertain"]},
])
def test_a_claim_that_is_left_and_a_state_that_is_not_settled_are_wrong(wrong):
    about = good()
    about.events[0] |= wrong
    assert verdict(fact(), about).wrong


@pytest.mark.parametrize("status", ["retrying", "uncertain", "paused", "expired"])
def test_a_status_that_is_not_final_or_not_to_be_expected_is_wrong(status):
    about = good()
    about.mails.clear()
    about.log[0]["status"] = status
    assert verdict(fact(), about).wrong


def test_a_failure_needs_its_reason_and_its_dead_letter():
    about = good()
    about.mails.clear()
    about.log[0] |= {"status": "failed", "error_code": "smtp.451", "attempts": 2}
    about.dead.append({"reason": "failed"})
    assert "which nothing explains" in verdict(fact(), about).wrong[0]
    about.log[0]["attempts"] = 9
    assert verdict(fact(), about).wrong == []
    about.dead.clear()
    assert "dead letters" in verdict(fact(), about).wrong[0]


def test_a_dead_letter_or_a_parked_body_of_what_was_sent_is_wrong():
    about = good()
    about.dead.append({"reason": "failed"})
    assert verdict(fact(), about).wrong
    about = good()
    about.parked.append({"hold": "due"})
    assert verdict(fact(), about).wrong


def test_two_events_or_two_rows_of_one_fact_are_wrong():
    about = good()
    about.events *= 2
    assert verdict(fact(), about).wrong
    about = good()
    about.log *= 2
    assert verdict(fact(), about).wrong


def test_poison_that_is_not_rejected_is_wrong():
    poison = Fact("tag", "poison", [Event("payment.completed", b"{", "evt-1")], [], rejected=["evt-1"])
    assert verdict(poison, About()).wrong
    rejected = {"event_id": "evt-1", "channel": "none", "status": "rejected", "resend_count": 0}
    assert verdict(poison, About(log=[rejected], dead=[{"reason": "rejected"}])).wrong == []
    assert verdict(poison, About(log=[rejected])).wrong


def test_copies_without_an_id_are_never_fewer_than_were_published_nor_more_than_the_broker_took():
    copies = fact()
    copies.messages *= 2
    copies.expected *= 2
    copies.is_anonymous = True
    about = good()
    assert verdict(copies, about, times=2).lost == 1
    about.duplicates = 1
    assert verdict(copies, about, times=2).wrong == []
    about.duplicates = 0
    _add_copy(about, "evt-2")
    assert verdict(copies, about, times=2).wrong == []
    _add_copy(about, "evt-3")
    assert verdict(copies, about, times=2).wrong
    # A broker that was killed may have forgotten that it delivered one.
    assert verdict(copies, about, times=2, broker_ends=1).wrong == []


def _add_copy(about, event_id):
    about.events.append(about.events[0] | {"event_id": event_id})
    about.log.append(about.log[0] | {"event_id": event_id})
    about.mails.append(Mail(0.0, "a@example.com", event_id, f"<{event_id}@example.com>", "250 ok"))


def test_a_message_buried_undecoded_is_explained_by_crashes_alone():
    buried = {"event_id": "evt-1", "channel": "none", "status": "failed", "error_code": "claims.exhausted",
              "resend_count": 0, "attempts": 0}
    about = About(log=[buried], dead=[{"reason": "failed"}])
    single = fact()
    assert verdict(single, about, crashes=2).wrong == []
    assert verdict(single, about, crashes=1).wrong
    assert verdict(single, About(log=[buried]), crashes=2).wrong, "its body has to be kept"
