"""Runs cuts_of_update.py under MicroPython, for the test and for `make soak`."""

import re
import subprocess
from pathlib import Path

from tidegate_host import paths

SCRIPT = Path(__file__).with_name("cuts_of_update.py")
SEEDS = 6  # so many in a row cut each operation in each mode
_FIGURES = re.compile(r"cut runs (\d+) of \d+ operations, failures (\d+)")


def run(seed):
    """-> (cut runs, failures, what was said). Raises MissingTool."""
    command = [*paths.micropython("amd64"), "-X", "heapsize=32m", str(SCRIPT), str(seed), "0", "1"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=600, check=False)
    found = _FIGURES.search(done.stdout)
    if not found:
        return 0, 1, done.stdout + done.stderr
    return int(found[1]), int(found[2]), done.stdout
