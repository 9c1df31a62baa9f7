"""What came of one run."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Result:
    """Figures by name, and what was wrong: then they count for nothing."""

    wrong: list
    figures: dict
    samples: list = dataclasses.field(default_factory=list, repr=False)
    """(seconds since the start, events done, resident bytes) in the course of it."""
