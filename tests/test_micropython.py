"""The unit suite again, under each MicroPython: the source that was tested is what runs."""

import subprocess

import pytest

from interpreters import TESTS, interpreter

UNIT = TESTS / "unit"
MODULES = sorted(path.name for path in UNIT.glob("test_*.py"))


@pytest.mark.unit
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_unit_module(arch, module):
    command = [*interpreter(arch), "-X", "heapsize=24m", str(UNIT / "run.py"), module]
    done = subprocess.run(command, text=True, capture_output=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1])


@pytest.mark.unit
@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_runner_reports_failures(arch, tmp_path):
    """The small runner is only worth something if it can fail."""
    (tmp_path / "micropython").symlink_to(UNIT / "micropython")
    (tmp_path / "run.py").write_text((UNIT / "run.py").read_text())
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    command = [*interpreter(arch), str(tmp_path / "run.py")]
    done = subprocess.run(command, text=True, capture_output=True, timeout=100)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "8 ran, 7 failed, 1 skipped"
    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert failed == [
        f"Sample.test_{name}"
        for name in ("cleanup", "equal", "error", "other_error", "quiet", "row", "row")
    ]


SAMPLE = """
import unittest


class Sample(unittest.TestCase):
    def test_equal(self):
        self.assertEqual(1, 2)

    def test_error(self):
        raise ValueError("an error is a failure too")

    def test_quiet(self):
        with self.assertRaises(ValueError):
            pass

    def test_other_error(self):
        with self.assertRaises(ValueError):
            raise KeyError

    def test_row(self):
        for row in range(3):
            with self.subTest(row=row):
                self.assertTrue(row == 1)

    def test_cleanup(self):
        self.addCleanup(self.fail, "in the cleanup")

    def test_good(self):
        with self.assertRaises(ValueError) as caught:
            raise ValueError("x")
        self.assertIn("x", str(caught.exception))

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()
"""
