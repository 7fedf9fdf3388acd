"""`make lint` is clean, so that one summary line speaks for everything."""

import subprocess
import sys

import pytest

from sources import ROOT


@pytest.mark.timeout(400)
def test_lint_is_clean():
    command = [sys.executable, str(ROOT / "host/setup/lint.py")]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
