"""A journal beside a model of what it acknowledged.

The model knows what was acknowledged; the one step that was cut may have happened or not,
everything else must be exactly so.
"""

from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.seal import NullSealer

LANES = 2
ADVICE = 13
REVERSAL = 12


class Wrong(AssertionError):
    """The journal broke its promise."""


class Books:
    """What an engine folds from the entries: sums that a lost or doubled entry would spoil."""

    def __init__(self):
        self.values = [0] * LANES

    def apply(self, entry_type, _seq, body):
        if entry_type == records.CHECKPOINT:
            self.values[body[4]] = int.from_bytes(bytes(body[8:16]), "little")
        elif entry_type == records.BATCH:
            self.values[body[4]] += int.from_bytes(bytes(body[8:12]), "little")
        elif entry_type in (records.STORE, records.DONE, records.ATTEMPT, records.ATTENTION):
            self.values[body[4]] += entry_type * 1000003 + records.item_id(body)

    def copy(self):
        made = Books()
        made.values = list(self.values)
        return made


class Kept:
    """One open item as the model knows it."""

    def __init__(self, lane, kind, tag, frame):
        self.lane, self.kind, self.tag, self.frame = lane, kind, tag, frame
        self.attempted = self.attention = False

    def facts(self):
        return (self.lane, self.kind, self.tag, self.frame, self.attempted, self.attention)

    def copy(self):
        made = Kept(self.lane, self.kind, self.tag, self.frame)
        made.attempted, made.attention = self.attempted, self.attention
        return made


class Model:
    """`open`: id -> Kept; `books`: what the acknowledged entries add up to."""

    def __init__(self):
        self.open = {}
        self.books = Books()

    def copy(self):
        made = Model()
        made.open = {i: k.copy() for i, k in self.open.items()}
        made.books = self.books.copy()
        return made


class Bench:
    """A journal on `flash` beside its model. After a PowerCut call `boot`."""

    def __init__(self, flash, model=None, sealers=None):
        self.flash = flash
        self.model = model or Model()
        self.sealers = sealers or NullSealer()
        self.journal = None
        self._doing = None  # what the step in hand would change, when it is acknowledged
        self.reports = []

    def boot(self):
        """What a power-up does, and the check of everything that was promised."""
        self.books = Books()
        self.journal = Journal(self.flash, self.sealers)
        report = self.journal.mount(self.books.apply, self.checkpoint)
        self.reports.append(report)
        after = self.model
        if self._doing:
            after = self.model.copy()
            # The id that a store would have got is the first unknown one.
            known = {item.id for item in self.journal.items()} - set(self.model.open)
            self._doing(after, max(known) if known else 0)
        self._doing = None
        wrong = self._differs(self.model)
        if wrong and (after is self.model or self._differs(after)):
            raise Wrong(wrong)
        self.model = after if wrong else self.model
        return report

    def checkpoint(self):
        for lane in range(LANES):
            head = bytes([0, 0, 0, 0, lane, 0, 0, 0])
            body = head + self.books.values[lane].to_bytes(8, "little")
            self.journal.append(records.CHECKPOINT, body)

    # Steps. Each tells the model only when the journal has acknowledged.

    def _do(self, change, call, *values):
        self._doing = change
        result = call(*values)
        change(self.model, result)
        self._doing = None
        if self.books.values != self.model.books.values:
            raise Wrong("the books were not told")

    def store(self, lane, kind, tag, frame, replaces=None):
        old = replaces.id if replaces else 0

        def change(model, item_id):
            if not item_id:
                return
            model.open.pop(old, None)
            model.open[item_id] = Kept(lane, kind, tag, frame)
            model.books.apply(records.STORE, 0, item_id.to_bytes(4, "little") + bytes([lane]))

        if self.journal.room(len(frame), kind == REVERSAL):
            values = (lane, kind, 1, tag, 77, memoryview(frame), replaces)
            self._do(change, self.journal.store, *values)

    def done(self, item):
        item_id, lane = item.id, item.lane

        def change(model, _):
            del model.open[item_id]
            model.books.apply(records.DONE, 0, item_id.to_bytes(4, "little") + bytes([lane]))

        self._do(change, self.journal.done, item, 0, 5, 77)

    def attempt(self, item):
        item_id, lane = item.id, item.lane

        def change(model, _):
            model.open[item_id].attempted = True
            model.books.apply(records.ATTEMPT, 0, item_id.to_bytes(4, "little") + bytes([lane]))

        self._do(change, self.journal.attempt, item, 5, 77)

    def attend(self, item):
        item_id, lane = item.id, item.lane
        body = bytearray(records.ATTENTION_BYTES)
        records.put_envelope(body, item_id, lane, item.kind, 0, 0, 0, 0)

        def change(model, _):
            model.open[item_id].attention = True
            model.books.apply(records.ATTENTION, 0, body)

        self._do(change, self.journal.attend, item, memoryview(body))

    def unattend(self, item):
        item_id, lane = item.id, item.lane

        def change(model, _):
            model.open[item_id].attention = False
            model.books.apply(records.DONE, 0, item_id.to_bytes(4, "little") + bytes([lane]))

        self._do(change, self.journal.unattend, item, 77)

    def batch(self, lane, amount, size=records.BATCH_BYTES):
        body = bytearray(size)
        body[4] = lane
        body[8:12] = amount.to_bytes(4, "little")

        def change(model, _):
            model.books.apply(records.BATCH, 0, body)

        self._do(change, self.journal.append, records.BATCH, memoryview(body))

    def tend(self):
        self._doing = None
        return self.journal.tend(self.checkpoint)

    # What must hold.

    def _differs(self, model):
        # -> what is wrong, or "" when the journal says exactly what the model says.
        j = self.journal
        found = {}
        noted = set()
        for item in j.items():
            if item.type == records.ATTENTION:
                noted.add(item.id)
                continue
            if item.id in found:
                return "item %d is there twice" % item.id
            frame = bytes(j.frame(item))
            found[item.id] = (
                item.lane, item.kind, item.tag, frame, item.attempted, item.attention
            )  # fmt: skip
        expected = {i: k.facts() for i, k in model.open.items()}
        if found != expected:
            lost = sorted(set(expected) - set(found))
            new = sorted(set(found) - set(expected))
            changed = [i for i in expected if i in found and found[i] != expected[i]]
            return "lost %r, invented %r, changed %r" % (lost, new, changed)
        if noted != {i for i, k in model.open.items() if k.attention}:
            return "attention of %r" % sorted(noted)
        if self.books.values != model.books.values:
            return "the books: %r, not %r" % (self.books.values, model.books.values)
        return self._queues_differ(model)

    def _queues_differ(self, model):
        j = self.journal
        for lane in range(LANES):
            for group, kind in ((0, REVERSAL), (1, ADVICE)):
                ids = sorted(
                    i for i, k in model.open.items()
                    if (k.lane, k.kind, k.attention) == (lane, kind, False)
                )  # fmt: skip
                if j.open_count(lane, group) != len(ids):
                    return "count of lane %d" % lane
                after = 0
                for item_id in ids[:6]:
                    item = j.head(lane, group, after)
                    if item is None or item.id != item_id:
                        return "order of lane %d" % lane
                    after = item_id
                if len(ids) <= 6 and j.head(lane, group, after) is not None:
                    return "the end of lane %d" % lane
        return ""

    def check(self):
        wrong = self._differs(self.model)
        if wrong:
            raise Wrong(wrong)
