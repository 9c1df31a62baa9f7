"""A trace as a tree with timings."""

from terminal import fit_middle, pad

_BAR = 14


def is_whole(spans):
    """From the publisher's span to the one that wrote the outcome into the database."""
    names = {span.name for span in spans}
    return "settle event" in names and any(span.kind == "PRODUCER" for span in spans)


def lines(spans, width, style):
    """Lines of at most `width` columns: each span below its parent, start and duration, and both as a bar."""
    first = min(span.start for span in spans)
    whole = max(span.end for span in spans) - first
    name_width = width - _BAR - 22
    result = [style(f"{'':{name_width}}  {'start':>8}  {'took':>8}  in ms", "dim")]
    for prefix, span in _tree(spans):
        name = pad(prefix + fit_middle(span.name, name_width - len(prefix)), name_width)
        bar = _bar((span.start - first) / whole, (span.end - first) / whole)
        result.append(f"{name}  {(span.start - first) / 1e6:8.1f}  {span.milliseconds:8.1f}  {style(bar, 'cyan')}")
    return [*result, *(style(line, "dim") for line in _services(spans))]


def _services(spans):
    """Which service said what."""
    names = {}
    for span in spans:
        names.setdefault(span.resource.get("service.name", "?"), []).append(span.name.split(" domain-events:")[0])
    return [f"{service}: {', '.join(said)}" for service, said in names.items()]


def _tree(spans):
    known = {span.span_id for span in spans}

    def children(parent):
        found = [span for span in spans if span.parent_span_id == parent]
        return sorted(found, key=lambda span: span.start)

    def walk(span, prefix, below):
        yield prefix, span
        under = children(span.span_id)
        for index, child in enumerate(under):
            last = index == len(under) - 1
            yield from walk(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))

    for root in sorted((span for span in spans if span.parent_span_id not in known), key=lambda span: span.start):
        yield from walk(root, "", "")


def _bar(start, end):
    first = min(int(start * _BAR), _BAR - 1)
    last = max(first + 1, round(end * _BAR))
    return (" " * first + "█" * (last - first))[:_BAR]
