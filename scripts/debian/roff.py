"""What the makers of manual pages share."""


def escaped(text):
    """A text as roff that shows just it: no line of it is a request."""
    text = " ".join(text.split("\n"))
    for plain, roff in (("\\", "\\e"), ("-", "\\-"), ("`", "\\(ga"), ("'", "\\(aq")):
        text = text.replace(plain, roff)
    return f"\\&{text}" if text.startswith(".") else text
