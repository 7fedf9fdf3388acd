"""Workloads for a journal, and a plug that can be pulled at any flash operation of them.

`run_cut` is one cut run: a workload on a copy of an image, cut at one operation in one way, then
booted several times with more writing in between. Runs under MicroPython too.
"""

from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.ring import JournalError
from tidegate_host.world.bench import ADVICE, LANES, REVERSAL, Bench, Wrong
from tidegate_host.world.flash import Flash, PowerCut
from tidegate_host.world.prng import Prng


def step(bench, random):
    """One step of a mixed workload: what a busy bridge does, with stragglers that stay."""
    j = bench.journal
    what = random.below(16)
    lane = random.below(LANES)
    if what < 6:
        kind = REVERSAL if random.below(4) == 0 else ADVICE
        bench.store(lane, kind, random.below(1 << 30), random.data(20 + random.below(190)))
    elif what < 11:
        item = j.head(lane, random.below(2), 0 if random.below(4) else _some_id(bench, random))
        if item and random.below(3):
            bench.attempt(item)
        if item:
            bench.done(item)
    elif what == 11:
        item = j.head(lane, 1)
        if item and len(bench.model.open) < 60:
            bench.attend(item)
    elif what == 12:
        for item in j.items(-1, 1 << records.STORE, True):
            if random.below(2):
                bench.unattend(item)
            else:
                bench.done(item)
            break
    elif what == 13:
        item = j.head(lane, 1)
        if item:
            bench.store(lane, ADVICE, item.tag, random.data(50 + random.below(60)), item)
    else:
        bench.batch(lane, random.below(1000))
    for _ in range(random.below(3)):
        if not bench.tend():
            break


def _some_id(bench, random):
    ids = sorted(bench.model.open)
    return ids[random.below(len(ids))] if ids else 0


def prepared(sectors, seed, steps, open_max=LANES * 60):
    """-> (image, model) after a format and so many mixed steps without a cut.

    More than `open_max` items are settled at the end: few make a cut run fast.
    """
    bench = Bench(Flash(sectors))
    Journal(bench.flash, bench.sealers).format()
    bench.boot()
    random = Prng(seed, "work")
    for _ in range(steps):
        step(bench, random)
    for item in _all_but(bench, open_max):
        bench.done(item)
        bench.tend()
    bench.check()
    return bytes(bench.flash.data), bench.model


def _all_but(bench, count):
    for item_id in sorted(bench.model.open)[count:]:
        yield bench.journal.open_item(item_id)


def placed(sectors, seed, steps):
    """-> (flash, model): the same on a flash of its own."""
    image, model = prepared(sectors, seed, steps)
    return Flash(sectors, image), model


# What a workload does after its mount. A number stands for so many mixed steps.


def _append(bench, random):
    for number in range(20):
        kind = REVERSAL if number % 3 == 0 else ADVICE
        bench.store(number % LANES, kind, number, random.data(20 + random.below(190)))


def _settle(bench, random):
    # Everything that can happen to an item, and to the one that takes its place.
    _append(bench, random)
    j = bench.journal
    for lane in range(LANES):
        for group in (0, 1):
            item = j.head(lane, group)
            bench.attempt(item)
            bench.done(j.head(lane, group))
        bench.attend(j.head(lane, 1))
        bench.store(lane, ADVICE, 7, random.data(60), j.head(lane, 1))
        attended = next(j.items(lane, 1 << records.STORE, True))
        bench.unattend(attended) if lane else bench.done(attended)


def _copy(bench, _random):
    # Until the oldest sector with something open in it was copied and erased.
    erases = bench.flash.erases
    bench.journal.ahead = bench.journal.sectors  # never content
    for _ in range(200):
        if not bench.tend() or bench.flash.erases > erases + 2:
            break


def _seal(bench, random):
    # Two sectors come to their end.
    opened = bench.journal.opened
    while bench.journal.opened < opened + 3:
        bench.batch(0, random.below(1000), 400)


def _mount(bench, _random):
    bench.boot()


SCRIPTS = {
    "append": _append, "settle": _settle, "copy": _copy, "seal": _seal, "mount": _mount,
}  # fmt: skip


def work(bench, seed, what):
    """Boot, and a workload: what a cut run cuts short."""
    bench.boot()
    random = Prng(seed, "work")
    if what in SCRIPTS:
        SCRIPTS[what](bench, random)
        return
    for _ in range(what):
        step(bench, random)


class _Sizes(Flash):
    # Notes the size of every program, and 0 for an erase.
    def __init__(self, sectors, image):
        self.sizes = []
        Flash.__init__(self, sectors, image)

    def writeblocks(self, block, buf, off=None):
        self.sizes.append(len(buf))
        Flash.writeblocks(self, block, buf, off)

    def ioctl(self, op, arg):
        if op == 6:
            self.sizes.append(0)
        return Flash.ioctl(self, op, arg)


def operations(image, model, seed, what):
    """The flash operations of a workload, its mount included: bytes programmed, 0 for an erase."""
    flash = _Sizes(len(image) // 4096, image)
    work(Bench(flash, model.copy()), seed, what)
    return flash.sizes


def run_cut(image, model, seed, what, cuts, boots=1):
    """One run. `cuts`: (operation, mode, byte or -1) of each power cut, one after the other.

    Raises Wrong when a promise is broken.
    """
    flash = Flash(len(image) // 4096, image)
    bench = Bench(flash, model.copy())
    for number, (operation, mode, byte) in enumerate(cuts):
        flash.power_on()
        flash.cut(operation, mode, seed * 31 + operation * 7 + number, byte)
        try:
            work(bench, seed + number, what)
        except PowerCut:
            pass
    for boot in range(boots):
        flash.power_on()
        bench.boot()
        more = Prng(seed, "boot %d" % boot)
        try:
            for _ in range(4):
                step(bench, more)
        except JournalError as error:
            raise Wrong("takes nothing new: %s" % error)
        bench.check()
    return bench
