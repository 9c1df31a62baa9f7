"""How the memory went in the course of a run: samples are (seconds since the start, events done, resident bytes)."""

SETTLED = 50_000
"""Events after which the memory of a long run is to stay as it is."""

_POINTS = 20


def growth(samples):
    """The most memory after the first SETTLED events over what it was then, less 1; None of a run too short."""
    later = [resident for _, done, resident in samples if done >= SETTLED and resident]
    if not later or samples[-1][1] < 2 * SETTLED:
        return None
    return max(later) / later[0] - 1


def course(samples):
    """The memory at the start and after each twentieth of the events, with their number and the time."""
    step = max(samples[-1][1] // _POINTS, 1)
    shown = {}
    for seconds, done, resident in samples:
        shown.setdefault(done // step, f"{done:,} ({seconds:.0f} s) {resident / 1e6:.1f} MB")
    return ", ".join(shown.values())
