"""The cheap collector of spans in C: Benchmarks/sinks/span_sink.c."""

import signal
import subprocess

from harness.processes import ChildProcess, environment

from . import programs


class SpanSink:
    """Takes OTLP/HTTP traces on 127.0.0.1 and counts their spans."""

    def __init__(self, folder):
        self._process = ChildProcess(
            [programs.span_sink()], environment=environment(), log=folder / "spans.log", stdout=subprocess.PIPE
        )
        self.url = f"http://127.0.0.1:{int(self._process.popen.stdout.readline())}"

    def stop(self):
        """Ends it. Returns how many spans it took."""
        self._process.stop(signal.SIGTERM)
        return int(self._process.popen.stdout.read().split()[-1])

    def close(self):
        self._process.kill()
        self._process.popen.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
