"""The stand-ins' decisions are pure: the same day, to the byte, on both interpreters."""

import os
import subprocess

import day_in_memory
import pytest

from interpreters import TESTS, interpreter
from tidegate_host import paths

SEEDS = range(1, 41)


@pytest.fixture(scope="module")
def days():
    return {seed: day_in_memory.day(seed) for seed in SEEDS}


def test_every_day_balances_however_bad_the_line(days):
    assert {reason for _, _, reason in days.values()} == {"balanced"}
    assert sum(lost for _, lost, _ in days.values()) > 300


def test_another_seed_is_another_day(days):
    assert len({digest for digest, _, _ in days.values()}) == len(days)


@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_the_same_bytes_under_micropython(days, arch):
    folders = [TESTS / "unit", paths.firmware_root(), TESTS.parent / "host" / "src"]
    command = [*interpreter(arch), str(TESTS / "standins" / "day_in_memory.py")]
    seeds = list(SEEDS)[:5]
    done = subprocess.run(
        [*command, *map(str, seeds)],
        env={**os.environ, "MICROPYPATH": ":".join([str(folder) for folder in folders])},
        text=True, capture_output=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    expected = [f"{seed} {' '.join(map(str, days[seed]))}" for seed in seeds]
    assert done.stdout.splitlines() == expected
