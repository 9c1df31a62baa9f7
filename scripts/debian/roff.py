"""What the makers of manual pages share."""


def escaped(text):
    """A text as roff that shows just it: no line of it is a request."""
    text = " ".join(text.split("\n")).replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return f"\\&{text}" if text.startswith(".") else text
