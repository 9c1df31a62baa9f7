"""What was done to whom, and when: the first thing to read when an event ended wrong."""

import dataclasses
import time


@dataclasses.dataclass(frozen=True)
class Moment:
    at: float  # seconds since 1970
    site: str  # empty: all of them
    what: str


class Timeline:
    """Notes of one round, in order."""

    def __init__(self):
        self.began = time.time()
        self.moments = []

    def note(self, site, what):
        self.moments.append(Moment(time.time(), site, what))

    def lines(self, site):
        """The notes that concern this site."""
        return [
            f"{moment.at - self.began:8.3f}  {moment.what}"
            for moment in self.moments
            if moment.site in ("", site)
        ]

    def count(self, site, what):
        """How often something with these words was noted of the site, or of all."""
        return sum(what in moment.what and moment.site in ("", site) for moment in self.moments)
