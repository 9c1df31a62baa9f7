"""Where the repository and its program are."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]


def notifyd_path():
    """The program under test: `NOTIFYD_TEST_PROGRAM`, else what `swift build` made."""
    path = pathlib.Path(os.environ.get("NOTIFYD_TEST_PROGRAM") or ROOT / ".build/debug/notifyd")
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: run make build")
    return path
