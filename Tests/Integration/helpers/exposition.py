"""Prometheus's text format, read strictly: what it must not do is an error here."""

import re
import urllib.request

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)\Z')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\Z)')
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Metrics:
    """One rendering of /metrics: families with type and help, and their samples."""

    def __init__(self, text):
        assert text.endswith("\n"), "the last line ends"
        self.text = text
        self.types, self.helps = {}, {}
        self.samples = {}  # (name, frozenset of labels): value
        family = None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ", 3)[2]
                assert family not in self.helps, f"{family} comes in two places"
                self.helps[family] = line.split(" ", 3)[3]
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family, f"the type of {name} follows the help of {family}"
                self.types[name] = kind
            else:
                self._take(line, family)
        self._check_histograms()

    def _take(self, line, family):
        match = _SAMPLE.match(line)
        assert match, f"no sample: {line!r}"
        name, labels, value = match.groups()
        allowed = [family + suffix for suffix in _SUFFIXES.get(self.types[family], ("",))]
        assert name in allowed, f"{name} stands among those of {family}"
        key = (name, frozenset(_labels(labels or "").items()))
        assert key not in self.samples, f"twice: {line}"
        self.samples[key] = float(value)

    def _check_histograms(self):
        for family in [name for name, kind in self.types.items() if kind == "histogram"]:
            for labels, count in self.series(f"{family}_count"):
                buckets = sorted((float(each["le"]), value) for each, value in self.series(f"{family}_bucket", **labels)
                                 if {name: each[name] for name in each if name != "le"} == labels)
                values = [value for _, value in buckets]
                assert values == sorted(values), f"{family} {labels} counts cumulatively"
                assert buckets[-1] == (float("inf"), count), f"{family} {labels} ends with all"

    def series(self, name, **labels):
        """(labels, value) of each sample with that name and, among others, these labels."""
        found = [(dict(all_labels), value) for (sample, all_labels), value in self.samples.items() if sample == name]
        return [(each, value) for each, value in found if labels.items() <= each.items()]

    def value(self, name, **labels):
        """The one sample with exactly these labels; None: there is none."""
        return self.samples.get((name, frozenset(labels.items())))

    def total(self, name, **labels):
        """The sum over all samples with these labels."""
        return sum(value for _, value in self.series(name, **labels))

    def values_of(self, name, label):
        """What that label says in any sample of the metric."""
        return {labels.get(label, "") for labels, _ in self.series(name)}


def scrape(address):
    """Reads http://ADDRESS/metrics as Prometheus does."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return Metrics(answer.read().decode())


def _labels(text):
    labels, place = {}, 0
    while place < len(text):
        match = _LABEL.match(text, place)
        assert match, f"no labels: {text!r}"
        name, value, _ = match.groups()
        assert name not in labels, f"{name} twice in {text!r}"
        labels[name] = re.sub(r'\\["\\n]', lambda escape: _ESCAPES[escape[0]], value)
        place = match.end()
    return labels
