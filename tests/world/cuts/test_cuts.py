"""Every power cut: after each, everything acknowledged is there and nothing settled comes back.

Each workload is cut at every one of its flash operations in every fault mode, once; a shorter one
is cut twice, and one at every byte of its programs. Four starts with more writing follow.
"""

import os

import pytest

from tidegate.journal import mount
from tidegate_host.world import cuts
from tidegate_host.world.flash import MODES, NOTHING, Flash, PowerCut
from tidegate_host.world.prng import Prng

SEED = int(os.environ["TIDEGATE_SEED"])
SECTORS = 16

# name: (steps before the image is taken, items left open, what is cut: a script, or mixed steps).
# In 16 sectors 60 steps fill a few, and 400 have gone round several times, with stragglers.
WORKLOADS = {
    "first boot": (0, 0, "append"),
    "append": (60, 12, "append"),
    "busy": (60, 60, 40),
    "settle": (60, 12, "settle"),
    "seal": (60, 12, "seal"),
    "mount": (400, 60, "mount"),
    "copy forward": (400, 20, "copy"),
    "wrap": (400, 60, 40),
    "late": (900, 24, 30),
}
PAIRS = 4  # of two cuts, every so many-th is run with one seed; as many seeds run them all
BYTES = 2  # the same for the bytes of a program


@pytest.fixture(scope="module")
def runs():
    count = {"cut runs": 0, "failures": 0}
    yield count
    print(f"\n{count}")


def cut(runs, image, model, seed, steps, where, boots=4):
    runs["cut runs"] += 1
    try:
        return cuts.run_cut(image, model, seed, steps, where, boots)
    except Exception as error:
        runs["failures"] += 1
        pytest.fail(f"seed {seed}, cut at {where}: {error!r}")


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_operation_in_every_mode(runs, name):
    before, left_open, what = WORKLOADS[name]
    image, model = cuts.prepared(SECTORS, SEED, before, left_open)
    sizes = cuts.operations(image, model, SEED, what)
    assert len(sizes) >= 8
    assert name != "copy forward" or sizes.count(0) > 2
    for operation in range(len(sizes)):
        for mode in MODES:
            cut(runs, image, model, SEED, what, [(operation, mode, -1)])


@pytest.mark.parametrize("part", range(4))
def test_two_cuts_in_a_row(runs, part):
    """Of a hundred operations each, and each again after it."""
    image, model = cuts.prepared(SECTORS, SEED + 1, 300, 6)
    count = 100
    assert len(cuts.operations(image, model, SEED, 110)) >= count
    for pair in range((SEED + part * PAIRS) % (4 * PAIRS), count * count, 4 * PAIRS):
        first, second = divmod(pair, count)
        modes = MODES[(pair + SEED) % 7], MODES[(pair // 7 + SEED) % 7]
        where = [(first, modes[0], -1), (second, modes[1], -1)]
        cut(runs, image, model, SEED, 110, where, 2)


def test_two_cuts_soon_after_another(runs):
    """The second hits the start that follows the first; much is open."""
    image, model = cuts.prepared(SECTORS, SEED + 1, 300)
    for first in range(len(cuts.operations(image, model, SEED, 8))):
        for second in range(8):
            mode = MODES[(first + second) % len(MODES)]
            where = [(first, mode, -1), (second, MODES[second % len(MODES)], -1)]
            cut(runs, image, model, SEED, 8, where, 2)


@pytest.mark.parametrize("name", ["append", "settle", "copy forward"])
def test_every_byte_of_every_program(runs, name):
    before, left_open, what = WORKLOADS[name]
    image, model = cuts.prepared(SECTORS, SEED + 2, before, left_open)
    for operation, size in enumerate(cuts.operations(image, model, SEED + 2, what)):
        for byte in range((SEED + operation) % BYTES, size, BYTES):
            cut(runs, image, model, SEED + 2, what, [(operation, NOTHING, byte)], 2)


def test_first_boot_is_finished_after_a_cut_in_it():
    from tidegate.journal.log import Journal
    from tidegate.journal.ring import JournalError
    from tidegate.journal.seal import NullSealer

    for operation in range(SECTORS * 3):
        for mode in MODES:
            flash = Flash(SECTORS)
            flash.cut(operation, mode, operation + 1)
            with pytest.raises(PowerCut):
                Journal(flash, NullSealer()).format()
            flash.power_on()
            bench = cuts.Bench(flash)
            try:
                bench.boot()
            except JournalError as error:
                assert str(error) in ("blank", "foreign")
                Journal(flash, bench.sealers).format()
                bench.boot()
            random = Prng(SEED, "first")
            for _ in range(20):
                cuts.step(bench, random)
            bench.boot()


def failing_supply(runs, bench, random, starts, news):
    """Power that goes soon after each start; between housekeeping `news` per mille new steps."""
    given_back = 0
    for _ in range(starts):
        runs["cut runs"] += 1
        bench.flash.power_on()
        bench.flash.cut(random.below(40), random.pick(MODES), random.below(30000))
        with pytest.raises(PowerCut):
            given_back += bench.boot().given_back
            while True:
                bench.tend()
                if random.chance(news):
                    cuts.step(bench, random)
                else:
                    bench.batch(0, 7)
    bench.flash.power_on()
    bench.boot()
    for _ in range(20):
        cuts.step(bench, random)
    bench.check()
    return given_back


@pytest.mark.parametrize("number", range(6))
def test_starts_alone_do_not_use_the_ring_up(runs, number):
    seed = SEED + number
    bench = cuts.Bench(*cuts.placed(12, seed, 300))
    random = Prng(seed, "starts")
    bench.boot()
    while bench.journal.room(200, False):
        bench.store(0, cuts.ADVICE, random.below(1 << 30), random.data(180))
        bench.tend()
    failing_supply(runs, bench, random, 150, 0)


def test_what_a_start_gives_back_is_said_elsewhere(runs, monkeypatch):
    """As if every start were short of room: a sector with anything new in it is kept."""
    monkeypatch.setattr(mount, "_is_scarce", lambda j: j.newest >= 0)
    given_back = 0
    for number in range(8):
        bench = cuts.Bench(*cuts.placed(12, SEED + number, 100))
        given_back += failing_supply(runs, bench, Prng(SEED + number, "supply"), 100, 500)
    assert given_back > 20


def test_the_only_set_is_never_given_back(runs, monkeypatch):
    """Nothing open, and no idle moment: a set is written when the last one is about to go."""
    monkeypatch.setattr(mount, "_is_scarce", lambda j: j.newest >= 0)
    for number in range(10):
        bench = cuts.Bench(*cuts.placed(12, SEED + number, 0))
        random = Prng(SEED + number, "sets")
        bench.boot()
        for _ in range(1500 + random.below(200)):
            bench.batch(0, 7)
        for _ in range(60):
            runs["cut runs"] += 1
            bench.flash.power_on()
            bench.flash.cut(random.below(30), random.pick(MODES), random.below(30000))
            try:
                bench.boot()
                for _ in range(random.below(40)):
                    bench.batch(0, 7)
                while bench.tend():
                    pass
            except PowerCut:
                pass


def test_one_flipped_bit_anywhere(runs):
    random = Prng(SEED, "bits")
    for before in (60, 400):
        image, model = cuts.prepared(SECTORS, SEED + before, before)
        for _ in range(250):
            flash = Flash(SECTORS, image)
            at, bit = random.below(len(image)), random.below(8)
            flash.flip(at, bit)
            bench = cuts.Bench(flash, model.copy())
            try:
                bench.boot()
                for _ in range(4):
                    cuts.step(bench, random)
                bench.boot()
            except cuts.Wrong as error:
                pytest.fail(f"bit {bit} of byte {at} in image {before}: {error}")


def test_a_failed_program_and_a_cut_together(runs):
    image, model = cuts.prepared(SECTORS, SEED + 3, 400)
    count = len(cuts.operations(image, model, SEED, 20))
    for failed in range(count):
        for later in (0, 1, 2, 5):
            flash = Flash(SECTORS, image)
            flash.fail_in = failed
            flash.cut(failed + later, MODES[(failed + later) % len(MODES)], failed + 1)
            bench = cuts.Bench(flash, model.copy())
            runs["cut runs"] += 1
            try:
                cuts.work(bench, SEED, 20)
            except PowerCut:
                pass
            flash.power_on()
            flash.fail_in = -1
            bench.boot()
            bench.check()
