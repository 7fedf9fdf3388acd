"""The books: what has happened to every lane, folded from journal entries and from nothing else.

The engine never changes the books by hand. It appends an entry, and the journal hands it to
`apply` once it is durable; a start hands over the same entries again in the same order. So the
books of a bridge that lost its power are those of a bridge that did not.
"""

from tidegate.compat import const
from tidegate.core import books
from tidegate.journal import bodies, records
from tidegate.proto import message

_STAN_TURN = const(500000)  # a trace number that is so much lower has begun anew
_COUNTING = (
    records.HOW_CONFIRMED,
    records.HOW_REPEAT,
    records.HOW_UPLOADED,
    records.HOW_PERSON,
)
_USAGE_LANE = const(253)  # not a lane: what the limits have seen, see usage
_UNCLEAR = (0, message.code2("68"), message.code2("98"))


class Ledger:
    def __init__(self, lanes_max, usage=None):
        self.lanes = [books.LaneBooks(i) for i in range(lanes_max)]
        self.names = []  # (F41 + F42, lane), in the order they were met
        self.wall_newest = 0  # the newest time in the journal: a floor for the clock
        self.config_hash = b""
        self.usage = usage  # of the limits, where there are any

    def lane_of(self, terminal):
        for row in self.names:
            if row[0] == terminal:
                return row[1]
        return -1

    def name_of(self, lane):
        for name, index, _ in self.names:
            if index == lane:
                return name
        return b""

    def dialect_tag_of(self, lane):
        # The dialect its terminal spoke last, so that a start can replay before it speaks again.
        for _, index, tag in self.names:
            if index == lane:
                return tag
        return -1

    def apply(self, entry_type, _seq, body):
        # The visit function of a mount, and of the engine after every append.
        if entry_type == records.SENT:
            self._sent(bodies.get(entry_type, body))
        elif entry_type == records.ANSWER:
            self._answer(bodies.get(entry_type, body))
        elif entry_type == records.DELIVER:
            values = bodies.get(entry_type, body)
            self._saw(values[2])
            live = self.lanes[values[1]].live
            if live.id == values[0]:
                live.step(books.HANDED)
        elif entry_type == records.STORE:
            self._store(records.get_envelope(body))
        elif entry_type == records.DONE:
            self._done(records.get_done(body))
        elif entry_type == records.ATTENTION:
            self._attention(bodies.get(entry_type, body))
        elif entry_type == records.BATCH:
            self._batch(bodies.get(entry_type, body))
        elif entry_type == records.LANE:
            self._name(bodies.get(entry_type, body))
        elif entry_type == records.CLOCK:
            self._saw(bodies.get(entry_type, body)[1])
        elif entry_type == records.CHECKPOINT:
            self._checkpoint(body)

    def _name(self, values):
        _, lane, name, tag = values
        if lane >= len(self.lanes):
            raise ValueError("the journal has more lanes than the configuration")
        self.names = [n for n in self.names if n[0] != name]
        self.names.append((name, lane, tag))

    def _saw(self, wall):
        if wall > self.wall_newest:
            self.wall_newest = wall

    def _enter_batch(self, lane, batch):
        # The terminal counts in a new batch: what was open is what it settled, or abandoned. A
        # dialect without batch numbers (0) has one batch until it is settled.
        if not batch:
            return
        if not lane.books.batch:
            lane.books.batch = batch
        elif batch != lane.books.batch:
            lane.settled.copy(lane.books)
            lane.books.clear(batch)
            lane.settling_seen = False
            lane.since_s = 0

    def _sent(self, values):
        lane = self.lanes[values[1]]
        live = lane.live
        if self.usage:
            self.usage.take(lane.index, live, self.name_of(lane.index))
        live.id = values[0]
        live.kind, live.route = values[2], values[3]
        live.trust, live.window = values[4], values[5]
        live.stan, live.batch = values[8], values[9]
        live.orig_stan, live.wall = values[10], values[11]
        live.amount = bodies.join(values[12], values[13])
        live.masked, live.card = values[14], values[15]
        live.key, live.hash = values[16], values[17]
        live.state = books.SENT
        live.code = 0
        live.counted = live.approved = live.late = False
        lane.remember(live.hash)
        self._saw(live.wall)
        self._enter_batch(lane, live.batch)
        if not lane.books.debit_count + lane.books.credit_count:
            lane.batch_route = live.route

    def _answer(self, values):
        self._saw(values[4])
        lane = self.lanes[values[1]]
        live = lane.live
        if live.id != values[0]:
            return
        live.code = values[3]
        if live.code in _UNCLEAR:
            return  # the host does not know either: unknown until a reversal or a person ends it
        if not values[2] & records.ANSWER_APPROVED:
            live.step(books.NO)
            return
        live.approved = True
        live.step(books.LATE_OK if values[2] & records.ANSWER_LATE else books.OK)
        if live.state == books.APPROVED:
            live.counted = True
            live.amount = bodies.join(values[8], values[9])
            lane.books.add(live.kind, live.amount, 1)
            lane.since_s = lane.since_s or max(values[4], 1)

    def _store(self, envelope):
        _, index, kind, _, flags, _, stan = envelope
        lane = self.lanes[index]
        if stan > lane.stored_stan or lane.stored_stan - stan > _STAN_TURN:
            lane.stored_stan = stan
        live = lane.live
        if kind != message.KIND_REVERSAL or flags & records.FLAG_COPY or stan != live.stan:
            return
        live.step(books.REVERSE)
        if live.counted and live.state == books.REVERSED:
            live.counted = False
            self.lanes[index].books.add(live.kind, live.amount, -1)

    def _done(self, done):
        # An advice counts when the host has it; a repeat of what was counted carries no amount.
        _, index, how, kind, amount = done[:5]
        if how in _COUNTING and amount:
            if message.class_of(kind) == message.CLS_STORABLE:
                lane = self.lanes[index]
                lane.books.add(kind, amount, 1)
                lane.since_s = lane.since_s or max(self.wall_newest, 1)

    def _attention(self, values):
        self._saw(values[9])
        live = self.lanes[values[1]].live
        if live.id == values[0]:
            live.step(books.ATTEND)

    def _batch(self, values):
        _, index, step, flags, debits, credits, batch, wall = values[:8]
        self._saw(wall)
        lane = self.lanes[index]
        if step == records.BATCH_SETTLING:
            self._enter_batch(lane, batch)
            lane.settling = batch
            lane.settling_seen = True
        elif step == records.BATCH_ANSWERED:
            lane.settled.copy(lane.books)
            lane.since_s = 0
            if not lane.books.batch:
                lane.books.clear(0)
                lane.settling_seen = False
            lane.settle_flags = values[13] | values[14] << 8
        elif step == records.BATCH_NUMBER:
            self._enter_batch(lane, batch)
        elif step == records.BATCH_KEYS:
            lane.key_epoch += 1
            lane.stale_id = values[0]
        elif step == records.BATCH_LATE:
            lane.settled.add(flags, bodies.join(values[8], values[9]), 1)
        elif step == records.BATCH_REVERSED:
            # A reversal of an approval older than the newest: its amount is told by the entry.
            amount = bodies.join(values[8], values[9])
            lane.books.add(flags, amount, -1)
            lane.reversed_stan = values[12]
            if self.usage:
                self.usage.give_back(index, flags, amount)

    def checkpoint_body(self, lane, body):
        live = lane.live
        flags = live.counted | live.approved << 1 | live.late << 2 | lane.settling_seen << 3
        bodies.put(
            records.CHECKPOINT, body, 0, lane.index, live.state, flags, live.code,
            *lane.books.values(), *lane.settled.values(),
            lane.settle_flags, lane.key_epoch, lane.stale_id, lane.settling, lane.batch_route,
            live.id, live.kind, live.route, live.window, live.trust,
            live.stan, live.batch, live.orig_stan, live.wall, *bodies.split(live.amount),
            live.masked, live.card, live.key, live.hash, bytes(lane.recent), lane.stored_stan,
            lane.since_s,
        )  # fmt: skip

    def _checkpoint(self, body):
        if body[4] >= len(self.lanes):
            if body[4] == _USAGE_LANE and self.usage:
                self.usage.load(body)
            return  # the end mark of a set
        if len(body) < records.CHECKPOINT_BYTES:
            body = bytes(body) + bytes(4)  # of a version that did not know when a batch began
        values = bodies.get(records.CHECKPOINT, body)
        lane = self.lanes[values[1]]
        live = lane.live
        live.state, flags, live.code = values[2:5]
        live.counted = bool(flags & 1)
        live.approved = bool(flags & 2)
        live.late = bool(flags & 4)
        lane.settling_seen = bool(flags & 8)
        lane.books.load(values[5:12])
        lane.settled.load(values[12:19])
        lane.settle_flags, lane.key_epoch, lane.stale_id = values[19:22]
        lane.settling, lane.batch_route = values[22:24]
        live.id, live.kind, live.route, live.window, live.trust = values[24:29]
        live.stan, live.batch, live.orig_stan, live.wall = values[29:33]
        live.amount = bodies.join(values[33], values[34])
        live.masked, live.card, live.key, live.hash = values[35:39]
        lane.recall(values[39])
        lane.stored_stan, lane.since_s = values[40:42]
        self._saw(live.wall)
