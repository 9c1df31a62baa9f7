"""What is on hold because nobody knows whether it was sent, and an operator who has it sent again."""

_HELD = """
    SELECT e.event_type, e.dedupe_key, place, e.channels[place] AS channel, e.notification_ids[place] AS id
    FROM notifications.event e, generate_subscripts(e.states, 1) place
    WHERE e.states[place] = 'uncertain'
"""


def held(site):
    """The notifications on hold: event_type, dedupe_key, place, channel, id."""
    return site.audit.query(_HELD)


def resend(site):
    """Has all of it sent again, as an operator would. Returns what it was."""
    found = held(site)
    if found:
        site.world.command("uncertain", "resolve", *(row["id"] for row in found), "--resend")
    return found
