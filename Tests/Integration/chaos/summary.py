"""The figures of a run."""

import collections

from .faults import KINDS


def table(results):
    """What was done and what came of it, for a terminal."""

    def total(name):
        return sum(getattr(result, name) for result in results)

    faults = collections.Counter()
    for result in results:
        faults.update(result.faults)
    figures = {
        "rounds": len(results),
        "events published": total("events"),
        "notifications": total("notifications"),
        "sent": total("sent"),
        "lost": total("lost"),
        "doubled": total("doubled"),
        "resent": total("resent"),
        "violations": sum(len(result.violations) for result in results),
        "faults injected": sum(faults.values()),
        "seconds": round(total("seconds")),
    }
    lines = [f"{name:<44} {value:>7}" for name, value in figures.items()]
    lines += ["", "faults by kind"]
    lines += [f"  {name:<42} {faults[name]:>7}" for name in KINDS]
    return "\n".join(lines)
