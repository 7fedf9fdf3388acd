"""Memory may run out at any call of the firmware, not only where the flash is used."""

import sys

import pytest

from sources import FIRMWARE
from tidegate_host.world import box, faults, run
from tidegate_host.world.prng import Prng

WORLDS = 24
TERMINALS = 3
_RATE = 6  # of a thousand steps
_CALLS = 600  # in which it runs out
_WITHIN = str(FIRMWARE / "tidegate")


@pytest.fixture
def starved(monkeypatch):
    """Every bridge runs out of memory now and then; gives the calls that it happened in."""
    happened = []

    def step(self, work, *values):
        chance = self.__dict__.setdefault("chance", Prng(self.world.seed, "starving"))
        seq = self.journal.seq
        try:
            if self.faults.on and chance.chance(_RATE):
                _run_out(chance.below(_CALLS), happened)
            work(*values)
        except MemoryError:
            if self.journal.seq == seq:
                return True
            self.cut()
        finally:
            sys.setprofile(None)
        return False

    monkeypatch.setattr(box.Box, "_starved", step)
    return happened


def _run_out(calls, happened):
    def profile(frame, event, _):
        nonlocal calls
        if event == "call" and frame.f_code.co_filename.startswith(_WITHIN):
            calls -= 1
            if calls < 0:
                sys.setprofile(None)
                happened.append(frame.f_code.co_name)
                raise MemoryError

    sys.setprofile(profile)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_rule_is_broken(starved):
    known = run.compiled()
    plan = run.Plan(1, TERMINALS, faults.LATER)
    for seed in range(WORLDS):
        found = run.one(seed, plan, known)
        assert not isinstance(found, run.Failure), f"seed {seed}: {found.rule}: {found.text}"
    assert len(starved) > WORLDS and len(set(starved)) > WORLDS, starved
