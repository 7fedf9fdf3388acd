"""Seeds, markers by folder, and the interpreters as fixtures."""

import os
import subprocess
import sys

import pytest
from hypothesis import settings

from interpreters import TESTS, interpreter

MARKERS = {"unit": "unit", "world": "sim", "virtual": "virtual", "board": "board"}

settings.register_profile("tidegate", deadline=None, print_blob=True)
settings.load_profile("tidegate")


def pytest_addoption(parser):
    parser.addoption("--port", help="serial port of a real board, for tests/board")


def pytest_configure(config):
    os.environ.setdefault("TIDEGATE_SEED", "20261123")
    if not hasattr(config, "workerinput"):
        compile_dialects(TESTS.parent / "build" / "dialects.json")


def compile_dialects(target):
    """Compile the dialects for MicroPython, which reads no TOML, before any test runs."""
    target.parent.mkdir(exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}")
    script = TESTS / "unit" / "dialects_for_tests.py"
    subprocess.run([sys.executable, str(script), str(fresh)], check=True)
    fresh.replace(target)


def pytest_report_header():
    return f"seed: {os.environ['TIDEGATE_SEED']} (TIDEGATE_SEED=N for another)"


def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in MARKERS:
            item.add_marker(MARKERS[folder])


@pytest.fixture
def seed():
    """The run's seed; printed, so that a failure shows it."""
    number = int(os.environ["TIDEGATE_SEED"])
    print(f"seed {number}")
    return number


@pytest.fixture
def micropython_amd64():
    return interpreter("amd64")


@pytest.fixture
def micropython_i386():
    return interpreter("i386")


@pytest.fixture
def board_port(request):
    port = request.config.getoption("--port")
    return port or pytest.skip("no board given\n  Next: make board PORT=/dev/ttyUSB0")
