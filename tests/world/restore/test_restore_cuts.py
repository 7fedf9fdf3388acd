"""The power goes at every flash operation of a restore; the seed decides in which mode."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tidegate_host import paths

SCRIPT = Path(__file__).with_name("cuts_of_restore.py")


def test_every_operation_of_a_restore_is_cut():
    try:
        command = paths.micropython("amd64")
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
    words = ["-X", "heapsize=32m", str(SCRIPT), os.environ["TIDEGATE_SEED"], "0", "1"]
    done = subprocess.run([*command, *words], text=True, capture_output=True, timeout=600)
    print(done.stdout)
    found = re.search(r"cut runs (\d+) of (\d+) operations, failures (\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert int(found[1]) == int(found[2]) > 500 and found[3] == "0", done.stdout
