"""Worlds with faults keep the money rules; worlds without show that nothing is kept by refusing.

Each seed is one whole world of a day. The slice here is the first of the seeds that
`tidegate world` runs; REGRESSIONS are those that have found something before.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interpreters import interpreter
from tidegate_host.world import device, faults, run, tally, wire
from tidegate_host.world import world as worlds
from tidegate_host.world.checks import Violation

KEYS = (
    "messages", "stored", "reversals", "replays", "power_cuts", "link_faults", "holds",
    "attention", "worlds_per_s", "simulated_days_per_s", "digest",
)  # fmt: skip
HERE = Path(__file__).parent
SEEDS = 50
CALM_SEEDS = 6
MICROPYTHON_SEEDS = 4  # a world takes seconds there; tests/README.md has how all fifty compare
TERMINALS = 3

# Seeds that have found something in the worlds of their time, with the faults of that time. What
# they found in the engine is a story in tests/unit/test_engine_found.py as well.
REGRESSIONS = {
    209: "another form of what a person has was sent when power went before that was said",
    49: "starts alone used the ring up: each opened a sector, and none was freed in between",
    108: "a bad sector that was given up came back with settled items when the ring went round",
    44: "an advice that opened a new batch was counted in the old one after a power cut",
    42: "a repeat that crossed its local decline was written",
    47: "94 after an attempt before a power cut was taken for a refusal",
    122: "an upload counted two forms of one advice",
    128: "a sector that could not be erased came back as a part of the ring",
    230: "68 and 98 were taken for declines",
    89: "an upload ended an advice that was still on its way to a host that books repeats",
    62: "a bit that rotted while the bridge ran gave an item another id",
    361: "an approved refund whose terminal had gone was told to nobody",
    187: "a 0500 that the terminal's line had garbled ended the world's acquirer",
}
# The same with all faults but the newest, and with all.
LATER = {
    983: "the last room of the ring went while a refund was out, and nobody was told of it",
}
LATEST = {
    848: "an approved refund that no plain terminal reverses was told to nobody",
    589: "what had been approved by stand-in could not be taken back once that was switched off",
}


# Half a minute of worlds on every core: lived through once, by one of the processes of a run.
together = pytest.mark.xdist_group("worlds")


@pytest.fixture(scope="module")
def known():
    return run.compiled()


@pytest.fixture(scope="module")
def slice_of_worlds():
    return run.many(0, SEEDS, run.Plan(1, TERMINALS))


def told(failures):
    return "\n".join(f"{f.rule}: {f.text}\n  replay: {f.command()}" for f in failures)


@together
def test_no_rule_is_broken(slice_of_worlds):
    tallies, failures, _ = slice_of_worlds
    assert not failures, told(failures)
    assert len(tallies) == SEEDS


@together
def test_every_fault_and_every_rule_has_occurred(slice_of_worlds):
    missing = tally.never(tally.total(slice_of_worlds[0]))
    assert not missing, f"never in seeds 0:{SEEDS}: {', '.join(missing)}"


def test_what_was_found_before_stays_found(known):
    masks = (faults.EARLIER, REGRESSIONS), (faults.LATER, LATER), (faults.ALL, LATEST)
    plans = [(run.Plan(1, TERMINALS, mask), seeds) for mask, seeds in masks]
    broken = [run.one(seed, plan, known) for plan, seeds in plans for seed in sorted(seeds)]
    broken = [failure for failure in broken if isinstance(failure, run.Failure)]
    assert not broken, told(broken)


@pytest.mark.parametrize("seed", range(CALM_SEEDS))
def test_without_faults_everything_goes_through(known, seed):
    calm = worlds.World(seed, 1, TERMINALS, 0, known).run()
    assert not calm.checks.locals, f"seed {seed}: declined by the bridge: {calm.checks.locals}"
    assert sum(calm.checks.whys) == 0
    logs = [terminal.memory.closed + terminal.memory.log for terminal in calm.terminals]
    states = {t.state for log in logs for t in log}
    assert states == {device.DONE}, f"seed {seed}: {states}"
    assert calm.checks.compared and calm.batches >= 1


def test_the_same_seed_is_the_same_world(known):
    plan = run.Plan(1, TERMINALS)
    first, again, other = (run.one(seed, plan, known) for seed in (7, 7, 8))
    assert first == again
    assert first["digest"] != other["digest"]


@together
@pytest.mark.timeout(600)
def test_micropython_sees_the_same_worlds(slice_of_worlds):
    """Byte for byte: the digest is over everything that happened, in its order."""
    tallies, failures, _ = slice_of_worlds
    assert not failures, told(failures)
    half = MICROPYTHON_SEEDS // 2
    chunks = [(0, half), (half, MICROPYTHON_SEEDS)]
    with ThreadPoolExecutor(2) as pool:
        found = [row for rows in pool.map(under_micropython, chunks) for row in rows]
    seen = [(t["seed"], t["digest"], t["counts"]["events"]) for t in tallies]
    assert found == seen[:MICROPYTHON_SEEDS]


def under_micropython(chunk):
    command = [*interpreter("amd64"), "-X", "heapsize=64m", str(HERE / "digests.py")]
    command += [str(number) for number in chunk]
    done = subprocess.run(command, text=True, capture_output=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return [tuple(int(word) for word in line.split()) for line in done.stdout.splitlines()]


def test_a_broken_rule_is_told_with_its_replay(known, monkeypatch):
    # The acquirer books every sale twice: no bridge can hide that.
    book = worlds.acquirer.books.Account.book

    def twice(account, kind, batch, stan, amount, via):
        entry = book(account, kind, batch, stan, amount, via)
        entry.effects += kind == 1
        return entry

    monkeypatch.setattr(worlds.acquirer.books.Account, "book", twice)
    failure = run.one(3, run.Plan(1, 2, 0), known)
    assert isinstance(failure, run.Failure)
    assert failure.rule == "M2"
    assert failure.command() == "tidegate world --seeds 3:4 --days 1 --terminals 2 --faults none"
    assert len(failure.trail) == 30


def test_shrinking_keeps_the_rule(known, monkeypatch):
    def late(checks, terminal, m, frame):
        if checks.world.faults.counts[faults.ANSWER_LOST]:
            raise Violation("M2", "made up for the test")

    monkeypatch.setattr(worlds.checks.Checks, "host_got_live", late)
    mask = faults.mask_of(["answer-lost", "decline", "reset", "late"])
    failure = next(
        found
        for found in (run.one(seed, run.Plan(2, 2, mask), known) for seed in range(20))
        if isinstance(found, run.Failure)
    )
    small = run.shrink(failure)
    assert (small.rule, small.plan.days) == ("M2", 1)
    assert faults.names_of(small.plan.mask) == ["answer-lost"]


def test_the_command_prints_one_object():
    words = ["-m", "tidegate_host.cli.main", "world", "--seeds", "0:2", "--json", "--workers", "1"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["schema"], result["seeds"], result["violations"]) == (1, 2, [])
    assert result["simulated_days"] == 2
    for key in KEYS:
        assert result[key], f"nothing of {key} in two worlds with faults"


def test_an_abstract_seal_dies_with_its_key():
    assert wire.seal(b"message", 1) != wire.seal(b"message", 2)
