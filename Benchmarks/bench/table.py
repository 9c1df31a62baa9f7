"""A scenario's medians, and its targets beside what was reached; in Markdown, which a terminal shows well, too."""

import statistics

from .memory import course

COLUMNS = {
    "events_per_second": ("events/s", "{:,.0f}"),
    "cpu_per_1000": ("CPU s/1,000", "{:.3f}"),
    "broker_cpu_per_1000": ("RabbitMQ's", "{:.3f}"),
    "database_cpu_per_1000": ("Postgres's", "{:.3f}"),
    "peak_mb": ("peak MB", "{:.1f}"),
    "growth": ("growth after 50,000", "{:.1%}"),
    "start_ms": ("start ms", "{:.0f}"),
    "start_cpu_ms": ("its CPU ms", "{:.0f}"),
    "p50": ("p50 ms", "{:.2f}"),
    "p95": ("p95 ms", "{:.2f}"),
    "p99": ("p99 ms", "{:.2f}"),
    "p99.9": ("p99.9 ms", "{:.2f}"),
}


def medians(results):
    """By contender and figure, of the right runs alone."""
    found = {}
    for name, runs in results.items():
        right = [run.figures for run in runs if not run.wrong]
        names = {figure for figures in right for figure in figures}
        found[name] = {figure: statistics.median(figures[figure] for figures in right) for figure in names}
    return found


def line_of(result):
    """One run's figures, for who waits for the others."""
    if result.wrong:
        return "COUNTS FOR NOTHING: " + "; ".join(result.wrong)
    shown = [f"{COLUMNS[figure][1].format(value)} {COLUMNS[figure][0]}" for figure, value in result.figures.items()]
    return ", ".join(shown)


def table(scenario, results):
    """The whole scenario."""
    middle = medians(results)
    columns = [each for each in COLUMNS if any(each in figures for figures in middle.values())]
    rows = [["", "right runs", *(COLUMNS[each][0] for each in columns)]]
    for name, runs in results.items():
        right = sum(not run.wrong for run in runs)
        cells = [COLUMNS[each][1].format(middle[name][each]) if each in middle[name] else "-" for each in columns]
        rows.append([name, f"{right} of {len(runs)}", *cells])
    rows += [_ratios(middle, name, columns) for name in results if name != "notifyd" and "notifyd" in results]
    courses = [f"- memory of {name}: {course(run.samples)}" for name, runs in results.items() for run in runs
              if "growth" in run.figures]
    heading = f"### {scenario.name}: {scenario.title}"
    return "\n".join([heading, "", *_aligned(rows), "", *_targets(scenario, middle), *courses])


def _ratios(middle, name, columns):
    ours, theirs = middle["notifyd"], middle[name]
    known = {each: ours[each] / theirs[each] for each in columns if each in ours and theirs.get(each)}
    return [f"notifyd / {name}", "", *(f"{known[each]:.2f}" if each in known else "-" for each in columns)]


def _aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append(f"| {' | '.join(cells)} |")
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [lines[0], f"| {' | '.join(rule)} |", *lines[1:]]


def _targets(scenario, middle):
    lines = []
    for target in scenario.targets:
        value = target.value(middle)
        label, form = COLUMNS[target.figure]
        if target.to:
            label, form = f"{label}, ratio to {target.to}", "{:.2f}"
        sign = "≥" if target.is_least else "≤"
        reached = "not measured" if value is None else form.format(value)
        mark = "?" if value is None else "pass" if target.is_met(value) else "MISS"
        lines.append(f"- {mark}: {label} {reached}, to be {sign} {form.format(target.bound)}")
    return lines
