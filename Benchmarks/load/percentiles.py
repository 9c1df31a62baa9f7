#!/usr/bin/env python3
"""percentiles.py FILE BEGIN RATE: the latencies of an open-loop run by HdrHistogram, as JSON, in milliseconds.

FILE is what ack_tap wrote, without the events that do not count: the time of each event's acknowledgement. Event K was
due at BEGIN + K / RATE seconds (nanoseconds of CLOCK_MONOTONIC), and counts from then, however late it went out.
"""

import array
import json
import sys

from hdrh.histogram import HdrHistogram

PERCENTILES = (50, 95, 99, 99.9)
HIGHEST_US = 600_000_000
DIGITS = 3


def percentiles(acknowledged, begin, rate):
    histogram = HdrHistogram(1, HIGHEST_US, DIGITS)
    for number, at in enumerate(acknowledged):
        due = begin + number * 10**9 / rate
        histogram.record_value(min(max(int((at - due) / 1000), 1), HIGHEST_US))
    return {f"p{each}": histogram.get_value_at_percentile(each) / 1000 for each in PERCENTILES}


if __name__ == "__main__":
    times = array.array("q")
    with open(sys.argv[1], "rb") as file:
        times.frombytes(file.read())
    print(json.dumps(percentiles(times, int(sys.argv[2]), float(sys.argv[3]))))
