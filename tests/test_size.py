"""What is always loaded on a board fits its budget."""

import subprocess
import sys

from sources import ROOT


def test_the_resident_firmware_fits_its_budget():
    command = [sys.executable, str(ROOT / "host/setup/size.py")]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
