"""A wall clock for daemons that can be set at run time; nothing else on the machine notices."""

import mmap
import pathlib
import struct
import subprocess

_SOURCE = pathlib.Path(__file__).with_name("shifted_clock.c")


class ShiftedClock:
    """Give `variables` to a program, and `set` how many seconds its wall clock is ahead of the true time."""

    def __init__(self, folder):
        library, self._path = folder / "shifted_clock.so", folder / "clock"
        subprocess.run(
            ["cc", "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True, stdin=subprocess.DEVNULL
        )
        self._path.write_bytes(bytes(8))
        self.variables = {"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(self._path)}

    def set(self, seconds):
        with open(self._path, "r+b") as file, mmap.mmap(file.fileno(), 8) as page:
            page[:] = struct.pack("=q", seconds)
