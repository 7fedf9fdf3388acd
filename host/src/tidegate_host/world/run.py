"""Many worlds on all cores, and the shortest world that still fails. CPython only."""

import os
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tidegate_host import dialects
from tidegate_host.world import faults, tally, world
from tidegate_host.world.checks import Violation

_DIALECTS = ("cup", "cup-accept", "iso87")


@dataclass(frozen=True)
class Plan:
    """Which worlds: days and terminals of each, and the mask of the faults that may occur."""

    days: int = 1
    terminals: int = 3
    mask: int = faults.ALL


@dataclass
class Failure:
    """A world that broke a rule: everything that is needed to see it again."""

    seed: int
    plan: Plan
    rule: str
    text: str
    at_ms: int = 0
    trail: list[str] = field(default_factory=list)

    def command(self) -> str:
        """Return the one command that replays it."""
        plan = self.plan
        words = f"tidegate world --seeds {self.seed}:{self.seed + 1}"
        words += f" --days {plan.days} --terminals {plan.terminals}"
        if not plan.mask:
            return words + " --faults none"
        if plan.mask != faults.ALL:
            words += " --faults " + ",".join(faults.names_of(plan.mask))
        return words


def compiled() -> dict:
    """Return the dialects of a world as a board's configuration holds them, by name."""
    return {name: dialects.load(name) for name in _DIALECTS}


def one(seed: int, plan: Plan, known: dict | None = None) -> dict | Failure:
    """Run one world. -> its tally, or what broke."""
    made = None
    try:
        made = world.World(seed, plan.days, plan.terminals, plan.mask, known or compiled())
        made.run()
        return tally.tally(made)
    except Violation as broken:
        return _failure(seed, plan, made, broken.rule, broken.text)
    except Exception as error:  # a crash of the engine is a finding like any other
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} in {place.name}, line {place.lineno}"
        return _failure(seed, plan, made, "crash", text)


def _failure(seed, plan, made, rule, text):
    if made is None:
        return Failure(seed, plan, rule, text)
    rows = [
        f"{ms:>10} {what.decode():<12} {a} {b} {c}" for ms, what, a, b, c in made.agenda.trail()
    ]
    return Failure(seed, plan, rule, text, made.agenda.now_ms, rows)


def many(first: int, last: int, plan: Plan, workers: int = 0) -> tuple[list, list, float]:
    """Run the worlds first..last-1. -> tallies, failures, seconds it took."""
    began = time.monotonic()
    seeds = range(first, last)
    workers = min(workers or os.cpu_count() or 1, max(len(seeds), 1))
    known = compiled()
    if workers == 1:
        results = [one(seed, plan, known) for seed in seeds]
    else:
        with ProcessPoolExecutor(workers) as pool:
            jobs = [(seed, plan, known) for seed in seeds]
            results = list(pool.map(_job, jobs, chunksize=4))
    failures = [r for r in results if isinstance(r, Failure)]
    tallies = [r for r in results if not isinstance(r, Failure)]
    return tallies, failures, time.monotonic() - began


def _job(values):
    return one(*values)


def shrink(failure: Failure) -> Failure:
    """Return a world with fewer terminals, days and faults that breaks the same rule."""
    best = failure
    for plan in _smaller(best.plan):
        best = _try(best, plan)
    for number in range(len(faults.NAMES)):
        if best.plan.mask >> number & 1:
            plan = best.plan
            best = _try(best, Plan(plan.days, plan.terminals, plan.mask & ~(1 << number)))
    return best


def _smaller(plan):
    for days in range(1, plan.days):
        yield Plan(days, plan.terminals, plan.mask)
    for terminals in range(1, plan.terminals):
        yield Plan(1, terminals, plan.mask)


def _try(best, plan):
    found = one(best.seed, plan)
    same = isinstance(found, Failure) and found.rule == best.rule
    return found if same else best
