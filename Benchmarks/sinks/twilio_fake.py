#!/usr/bin/python3
"""twilio_fake: stands in for Twilio's message API in tests and benchmarks; sends nothing to anybody.

    twilio_fake.py [--port N] [--account SID --token TOKEN] [--answer WHAT]... [--delay MS] [--store FILE]

The first line on standard output is the port. A message is answered 201 with a `sid`, unless the recipient is one of
the magic numbers of Twilio's test credentials (+15005550001: 21211, …0002: 21612, …0003: 21408, …0004: 21610, …0009:
21614), or --answer says otherwise:

  --answer STATUS             every message: 429, 500, 503 …; a Retry-After of a second comes with 429 and 503
  --answer NUMBER=STATUS      messages to NUMBER; STATUS may be 400:21211 to give Twilio's code, too
  --answer NUMBER=close       the connection is closed without an answer
  --answer NUMBER=hang        no answer for a minute
  --answer NUMBER=garbage     201 with a body that is no JSON

With --account and --token, other credentials are answered 401, code 20003. --store FILE gets a JSON line for each
request with its form fields, headers, status and time: an accepted message is one whose status is 201.
"""

import argparse
import base64
import itertools
import json
import re
import time
import urllib.parse

from loopback_server import Handler, Records, now, serve

MAGIC = {
    "+15005550001": (400, 21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (400, 21612, "The 'To' phone number is not currently reachable."),
    "+15005550003": (400, 21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (400, 21610, "Attempt to send to unsubscribed recipient."),
    "+15005550009": (400, 21614, "'To' number is not a valid mobile number."),
}
PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages\.json")


def parse_answer(text):
    number, _, what = text.rpartition("=")
    if what in ("close", "hang", "garbage"):
        return number, what
    match = re.fullmatch(r"([2-5]\d\d)(?::(\d+))?", what)
    if not match:
        raise argparse.ArgumentTypeError(f"{text}: not STATUS, NUMBER=STATUS[:CODE], NUMBER=close, hang or garbage")
    status = int(match[1])
    code = int(match[2]) if match[2] else {401: 20003, 429: 20429}.get(status, 20500)
    return number, (status, code, "as asked by --answer")


def main():
    parser = argparse.ArgumentParser(description="Stands in for Twilio's message API.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--account")
    parser.add_argument("--token")
    parser.add_argument("--answer", type=parse_answer, action="append", default=[])
    parser.add_argument("--delay", type=int, default=0, metavar="MS")
    parser.add_argument("--store", metavar="FILE")
    options = parser.parse_args()
    answers = {**MAGIC, **dict(options.answer)}
    expected = None
    if options.account and options.token:
        expected = "Basic " + base64.b64encode(f"{options.account}:{options.token}".encode()).decode()
    records = Records(options.store)
    serial = itertools.count(1)

    class Twilio(Handler):
        def do_POST(self):
            body = self.body()
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            what = self.decide(form)
            record = {"at": now(), "path": self.path, "form": form, "headers": dict(self.headers.items())}
            if isinstance(what, str):
                records.add({**record, "status": what})
                return self.misbehave(what)
            status, code, message = what
            if status < 300:
                sid = f"SM{next(serial):032x}"
                answer = {"sid": sid, "status": "queued", "to": form.get("To"), "error_code": None}
            else:
                sid = None
                link = f"https://www.twilio.com/docs/errors/{code}"
                answer = {"code": code, "message": message, "status": status, "more_info": link}
            records.add({**record, "status": status, "sid": sid})
            if options.delay:
                time.sleep(options.delay / 1000)
            headers = [("Retry-After", "1")] if status in (429, 503) else []
            self.answer(status, "application/json", json.dumps(answer).encode(), headers)

        def decide(self, form):
            match = PATH.fullmatch(self.path)
            if expected and self.headers.get("Authorization") != expected:
                return 401, 20003, "Authenticate"
            if not match or (options.account and match[1] != options.account):
                return 404, 20404, "The requested resource was not found"
            for field, code in (("To", 21604), ("Body", 21602)):
                if not form.get(field):
                    return 400, code, f"A '{field}' is required."
            if not form.get("From") and not form.get("MessagingServiceSid"):
                return 400, 21603, "A 'From' or 'MessagingServiceSid' is required."
            return answers.get(form["To"], answers.get("", (201, None, "")))

        def misbehave(self, what):
            if what == "garbage":
                return self.answer(201, "application/json", b"<html>not json")
            if what == "hang":
                time.sleep(60)
            self.close_connection = True

    serve(Twilio, options.port)


if __name__ == "__main__":
    main()
