"""A commit that Postgres has answered is there after a crash, whatever the defaults of server, database or role say."""

import pytest

from harness import Database
from helpers.events import payment

NOTES = """
CREATE TABLE public.commits (setting text);
CREATE FUNCTION public.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.commits VALUES (current_setting('synchronous_commit'));
    RETURN NULL;
END $$;
CREATE TRIGGER note_commit AFTER INSERT OR UPDATE ON notifications.event
    FOR EACH ROW EXECUTE FUNCTION public.note_commit();
"""


@pytest.mark.parametrize("given, used", [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")])
def test_a_weak_default_is_raised_and_a_strong_one_stays(world, given, used):
    world.command("migrate")
    with Database(world.database_url) as database:
        database.execute(f"ALTER DATABASE {world.name} SET synchronous_commit = {given}")
        database.execute(NOTES)
    world.start()
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "sent")
    assert {row["setting"] for row in world.audit.query("SELECT setting FROM public.commits")} == {used}
