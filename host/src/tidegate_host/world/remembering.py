"""What the bridge knew before its power went, and what it knows again after the mount (M9, M1).

Where the cut did not hit an operation of the flash, both are the same to the last item.
"""

_TYPES = -1


class Remembering:
    def __init__(self, world):
        self.world = world
        self.before = None

    def cut(self, clean):
        # `clean`: no operation of the flash was hit.
        box = self.world.box
        if not clean:
            self.before = None
        elif box.engine is not None and box.alive:
            self.before = _all(box)

    def mounted(self):
        before, self.before = self.before, None
        if before is None:
            return
        after = _all(self.world.box)
        for name, was, now in zip(("books", "names", "items"), before, after):
            if was != now:
                odd = [row for row in was if row not in now] + [r for r in now if r not in was]
                self.world.checks.fail("M9", "%s changed in a power cut: %s" % (name, odd[:4]))


def _all(box):
    ledger = box.engine.ledger
    books = [_books(lane) for lane in ledger.lanes]
    names = sorted([(lane, name) for name, lane, _ in ledger.names])
    items = [
        (item.id, item.type, item.lane, item.stan, bool(item.attention), bool(item.attempted))
        for item in box.journal.items(-1, _TYPES)
    ]
    return books, names, sorted(items)


def _books(lane):
    live = lane.live
    return (
        lane.index, lane.books.values(), lane.settled.values(), lane.settle_flags, lane.settling,
        lane.settling_seen, lane.key_epoch, lane.stale_id, lane.batch_route, lane.stored_stan,
        bytes(lane.recent),
        live.id, live.state, live.code, live.stan, live.batch, live.amount, live.counted,
        live.approved, live.wall, live.route, live.card, live.hash,
    )  # fmt: skip
