"""What the `file` providers delivered: emails in Maildir form, SMS as text files."""

import email
import email.policy
import pathlib


class Outbox:
    """Reads file.path the way a mail program would."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def emails(self, event_id=None):
        return self._messages("mail/new", event_id)

    def sms(self, event_id=None):
        return self._messages("sms", event_id)

    def _messages(self, folder, event_id):
        paths = sorted(path for path in (self.path / folder).glob("*") if path.is_file())
        messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
        return [message for message in messages if event_id in (None, message["Notifyd-Event-ID"])]


def text_of(message):
    """The text that its reader sees first."""
    if message.is_multipart():
        return message.get_body(("plain",)).get_content()
    # An SMS file: headers as those of an email, then the text in UTF-8.
    return message.get_payload(decode=True).decode()
