"""What must not leave the process, in all the forms a text may take on its way."""

import base64
import json
import re
import urllib.parse

# Shorter ones would be found anywhere.
SHORTEST = 6


def forms(secret, local_part=True):
    """The ways in which `secret` may stand somewhere, lower case, each with its name.

    `local_part`: for an address that part of it alone, too.
    """
    quoted = urllib.parse.quote(secret, safe="")
    found = {
        "as it is": secret,
        "percent-encoded": quoted,
        "percent-encoded twice": urllib.parse.quote(quoted, safe=""),
        "form-encoded": urllib.parse.quote_plus(secret),
        "as JSON": json.dumps(secret)[1:-1],
        "as JSON, slashes escaped": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "in hexadecimal": secret.encode().hex(),
        **_base64(secret),
    }
    if secret.startswith("+"):
        found["without its +"] = secret[1:]
        found["digits without the country code"] = secret[3:]
    if local_part and "@" in secret:
        found["its local part"] = secret.rpartition("@")[0]
    return {name: form.lower() for name, form in found.items() if len(form) >= SHORTEST}


def _base64(secret):
    """Base64 of it at each of the three places it may have within an encoded text; what its neighbours decide is cut."""
    encoded = {}
    for shift in range(3):
        data = b"\0" * shift + secret.encode()
        text = base64.b64encode(data).decode().rstrip("=")
        begin = -(-shift * 8 // 6)
        whole = len(data) * 8 // 6
        if whole - begin >= 8:
            encoded[f"in base64 at {shift}"] = text[begin:whole]
    return encoded


def leaks(places, secrets):
    """Each place that holds one of `secrets` in some form: (place, secret, form, surroundings).

    `places`: name → text or bytes; `secrets`: what it is → the secret.
    """
    found = []
    for place, content in places.items():
        text = content.decode("latin-1") if isinstance(content, bytes) else content
        text = text.lower()
        digits = re.sub(r"(?<=\d)[ ().-]+(?=\d)", "", text)
        for what, secret in secrets.items():
            for name, form in forms(secret).items():
                searched = digits if secret.startswith("+") else text
                at = searched.find(form)
                if at >= 0:
                    found.append((place, what, name, searched[max(0, at - 150):at + len(form) + 60]))
    return found
