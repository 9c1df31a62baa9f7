"""What is on hold because nobody knows whether it was sent, and an operator who has it sent again."""

import psycopg2

from harness import notifyd

_HELD = """
    SELECT e.event_type, e.dedupe_key, place, e.channels[place] AS channel, e.notification_ids[place] AS id
    FROM notifications.event e, generate_subscripts(e.states, 1) place
    WHERE e.states[place] = 'uncertain'
"""
_RESEND = """
    WITH held AS (
        SELECT event_type, dedupe_key FROM notifications.event
        WHERE event_type = %(event_type)s AND dedupe_key = %(dedupe_key)s AND states[%(place)s] = 'uncertain'
        FOR UPDATE
    ), logged AS (
        UPDATE notifications.notification_log SET
            status = 'retrying', resend_count = resend_count + 1, updated_at = clock_timestamp()
        WHERE id = %(id)s AND EXISTS (SELECT FROM held)
        RETURNING attempts
    ), parked AS (
        UPDATE notifications.parked SET hold = 'due', due_at = clock_timestamp()
        WHERE notification_id = %(id)s AND EXISTS (SELECT FROM held)
    )
    UPDATE notifications.event e SET
        states[%(place)s] = 'parked',
        begun = array_remove(begun, channels[%(place)s]),
        schedule_base[%(place)s] = (SELECT attempts FROM logged),
        resend_count = resend_count + 1
    FROM held WHERE e.event_type = held.event_type AND e.dedupe_key = held.dedupe_key
"""


def held(site):
    """The notifications on hold: event_type, dedupe_key, place, channel, id."""
    return site.audit.query(_HELD)


def resend(site):
    """Has all of it sent again, as an operator would. Returns what it was."""
    found = held(site)
    if not found:
        return found
    if "resolve" in notifyd("uncertain", "--help").output:
        site.world.command("uncertain", "resolve", *(row["id"] for row in found), "--resend")
    else:
        _resend_by_hand(site, found)
    return found


def _resend_by_hand(site, found):
    """For a program that has no such command yet."""
    with psycopg2.connect(site.world.database_url) as connection, connection.cursor() as cursor:
        for row in found:
            cursor.execute(_RESEND, row)
    connection.close()
