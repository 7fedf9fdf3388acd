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
    group = parser.getgroup("board", "a real board, for tests/board")
    group.addoption("--port", help="its serial port")
    group.addoption("--board", default="esp32-generic", help="its kind, a folder of boards/")
    group.addoption("--uart", help="its UART for a terminal, as a path; by default of its kind")
    group.addoption("--power-cmd", help="shell command for its power; {} becomes off and on")
    group.addoption("--ssid", help="a Wi-Fi for it; the key is $TIDEGATE_WIFI_PASSWORD")


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
