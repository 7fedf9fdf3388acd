"""A copy of the sources in a temporary folder, and the tests run on it. The originals stay as they
are, and what is imported is the copy's: its folders come first on the path of the interpreter.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutation import ROOT, apply, misfits, restore

_PARTS = ("firmware", "host", "tests", "boards")
_PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
_SECONDS_MAX = 300  # per command; the slowest selection takes a tenth of it
_FAILED = 1  # the exit code of pytest and of the worlds; anything else is no verdict

KILLED = "killed"
SURVIVED = "SURVIVED"
MISFIT = "DID NOT APPLY"
TIMED_OUT = "TIMED OUT"
BROKEN = "BROKEN"  # the copy does not even start: that proves nothing about the tests


class Workplace:
    """One copy; `close` removes it."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="tidegate-mutants-"))
        leave_out = shutil.ignore_patterns("__pycache__", ".hypothesis", ".pytest_cache")
        for part in _PARTS:
            shutil.copytree(ROOT / part, self.root / part, ignore=leave_out)
        tools = ROOT / ".tools"
        if tools.is_dir():
            (self.root / ".tools").symlink_to(tools)
        self._environment = {
            **os.environ,
            "PYTHONPATH": f"{self.root}/firmware{os.pathsep}{self.root}/host/src",
            # A mutant may have the size and the second of the original: no cached bytecode.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": "",
        }

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def verdict(self, mutant):
        """Run what has to notice the mutant. Returns (verdict, who noticed or what went wrong)."""
        wrong = misfits(mutant, self.root)
        if wrong:
            return MISFIT, wrong[0]
        before = apply(mutant, self.root)
        try:
            return self.judge(mutant.tests, mutant.worlds)
        finally:
            restore(before)

    def judge(self, tests, worlds):
        """Run a pytest selection and a range of worlds; both have to fail, as far as given."""
        rows = []
        try:
            if tests:
                rows.append(("tests", *self._run(_PYTEST, tests)))
            if worlds[0] < worlds[1]:
                script = str(self.root / "tests" / "mutants" / "worlds.py")
                rows.append(("worlds", *self._run([script], [str(seed) for seed in worlds])))
        except subprocess.TimeoutExpired:
            return TIMED_OUT, f"after {_SECONDS_MAX} s"
        for _, code, told in rows:
            if code not in (0, _FAILED):
                return BROKEN, told
        unnoticed = [name for name, code, _ in rows if not code]
        if unnoticed:
            return SURVIVED, f"unnoticed by the {' and '.join(unnoticed)}"
        return KILLED, " + ".join(told for _, _, told in rows)

    def _run(self, command, arguments):
        done = subprocess.run(
            [sys.executable, "-B", *command, *arguments],
            cwd=self.root, env=self._environment, text=True, capture_output=True,
            timeout=_SECONDS_MAX, check=False,
        )  # fmt: skip
        return done.returncode, _who(done.stdout, done.stderr)


def _who(output, errors):
    failed = re.search(r"^FAILED (?:.*/)?(test_.+?)(?: - .*)?$", output, re.M)
    if failed:
        return failed.group(1).replace(".py::", " ").replace("::", ".")
    lines = (output + errors).strip().splitlines()
    return lines[-1][:90] if lines else "silence"
