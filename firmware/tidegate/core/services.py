"""What the rules ask for: durable entries, actions, the time, an answer in the bridge's own name.

The engine inherits this, so that the modules with the rules see one object and no storage. A
journal that cannot take an entry is an event with a value (False), never an exception out of a
rule: the caller then declines, or keeps silent.
"""

from tidegate.compat import const
from tidegate.core import attention, events
from tidegate.core.lanes import Lane, Spare
from tidegate.core.ledger import Ledger
from tidegate.core.schedule import Schedule
from tidegate.journal import bodies, records
from tidegate.proto import message
from tidegate.proto.dialect import Dialect

CONNECT = const(1)  # lane, route
SEND = const(2)  # lane, frame
HANG_UP = const(3)  # lane
REPLY = const(4)  # connection, frame
LOG = const(5)  # event, a, b, c
HOST_TIME = const(6)  # mmdd, hhmmss

_ANSWER_BYTES = const(256)  # a local answer echoes small fields only
_BODY_BYTES = const(256)


class Services:
    def __init__(self, config, journal, card_hash, entropy, time):
        self.time = time
        self.journal = journal
        self.card_hash = card_hash
        self.routes = config["routes"]
        self.actions = []
        self.settlements = 0  # answered since the start
        # Answers of the host, by route and of any kind: proof that it answers others.
        self.answers = [0] * len(config["routes"])
        self.message = message.Message()  # what is being worked on
        self.other = message.Message()  # what it is compared with
        self._entropy = entropy
        self._answer = bytearray(_ANSWER_BYTES)
        self._body = memoryview(bytearray(_BODY_BYTES))
        # A checkpoint may come in the middle of an append: it must not share the body above.
        self._checkpoint = memoryview(bytearray(records.CHECKPOINT_BYTES))
        limits = config["limits"]
        self.deadline_ms = limits["answer_deadline_s"] * 1000
        self.duplicate_ms = limits["duplicate_window_s"] * 1000
        self.guard_ms = limits["reversal_guard_s"] * 1000
        self.unknown_ms = limits["unknown_attention_min"] * 60000
        self.stall_ms = limits["stall_s"] * 1000
        self.attempts_max = limits["storable_attempts_max"]
        self.age_max_s = limits["storable_age_max_h"] * 3600
        self.stored_count_max = limits["stored_count_max"]
        self.stored_sum_max = limits["stored_sum_max"]
        self.backoff_ms_max = limits["backoff_s_max"] * 1000
        self.decline = {name: code.encode() for name, code in config["decline"].items()}
        self.schedule = Schedule(config)
        self.dialects = [Dialect(config["dialects"][name]) for name in sorted(config["dialects"])]
        self._load_options(config)
        self.ledger = Ledger(config["lanes_max"], self.limits and self.limits.usage)
        self.spare = Spare(limits["frame_bytes_max"])
        first = self.dialects[0]
        self.lanes = [Lane(i, first) for i in range(config["lanes_max"])]

    def _load_options(self, config):
        # What a shop may switch on is loaded where it is.
        self.limits = self.stand_in = self.settling = None
        if config.get("live_limits"):
            from tidegate.core.limits import Limits

            self.limits = Limits(config["live_limits"], self.schedule, config["lanes_max"])
        if config.get("stand_in"):
            _load_stand_in(self, config["stand_in"])
        if config.get("settle_by_bridge"):
            from tidegate.core.settling import Settling

            self.settling = Settling(config["settle_by_bridge"], config["lanes_max"])

    # Actions.

    def log(self, event, a, b, c):
        told = (LOG, event, a, b, c)
        self.actions.append(told)

    def connect(self, lane):
        self.actions.append((CONNECT, lane.index, lane.route))

    def send(self, lane, frame):
        self.actions.append((SEND, lane.index, frame))

    def hang_up(self, lane):
        self.actions.append((HANG_UP, lane.index))

    def reply(self, conn, frame):
        self.actions.append((REPLY, conn, frame))

    def host_time(self, answer):
        if answer.local_date > 0 and answer.local_time >= 0:
            self.actions.append((HOST_TIME, answer.local_date, answer.local_time))

    def answer(self, conn, request, code):
        self.reply(conn, self.own_answer(request, message.build_answer, code))

    def own_answer(self, request, build, told):
        # Two local answers in one step would share the buffer, so each is a copy of few bytes.
        date, clock = 0, 0
        if self.time.trust:
            _, month, day, hour, minute, second, _ = self.schedule.local(self.time.wall)
            date, clock = month * 100 + day, (hour * 100 + minute) * 100 + second
        length = build(request, told, date, clock, self._answer)
        return bytes(memoryview(self._answer)[:length])

    def device(self, lane):
        # The lanes of one device, this one first. A device does one thing at a time.
        if lane.group < 0:
            return (lane,)
        return [lane] + [o for o in self.lanes if o.group == lane.group and o is not lane]

    def reversals(self, lane):
        # How many stored reversals stand before a live request of that device.
        if lane.group < 0:
            return self.journal.open_count(lane.index, records.GROUP_REVERSAL)
        count = self.journal.open_count
        return sum([count(one.index, records.GROUP_REVERSAL) for one in self.device(lane)])

    def jitter(self, bound_ms):
        return (self._entropy(1)[0] * bound_ms) >> 8

    # Durable entries.

    def body(self, length):
        return self._body[:length]

    def append(self, entry_type, body, reserved):
        # `reserved`: may use the room that is kept for reversals and live requests.
        try:
            if not self.journal.room(len(body), reserved):
                raise OSError
            self.journal.append(entry_type, body)
            return True
        except (OSError, ValueError):
            self.log(events.JOURNAL_FAILED, entry_type, 0, 0)
            return False

    def store(self, lane, m, tag, flags, older):
        # -> item id, or 0 when the limits or the journal refuse it.
        reversal = m.kind == message.KIND_REVERSAL
        if not reversal and older is None and not _within_limits(self, lane, m):
            return 0
        older_id = older.id if older else 0
        if older:
            flags |= older.flags & records.FLAG_REPEAT
            if older.attempted:
                flags |= records.FLAG_ATTEMPTED
        try:
            if not self.journal.room(len(m.view), reversal):
                raise OSError
            item_id = self.journal.store(
                lane.index, m.kind, max(m.about, 0), tag, self.time.wall, m.view, older, flags
            )
        except (OSError, ValueError):
            self.log(events.JOURNAL_FAILED, records.STORE, 0, 0)
            return 0
        if older_id:
            attention.close(self, lane, older_id, records.HOW_REPLACED)
        return item_id

    def attempt(self, item, amount):
        return self._durably(records.ATTEMPT, self.journal.attempt, item, amount, self.time.wall)

    def attend(self, item, body):
        return self._durably(records.ATTENTION, self.journal.attend, item, body)

    def done(self, item, how, amount):
        return self._durably(records.DONE, self.journal.done, item, how, amount, self.time.wall)

    def _durably(self, entry_type, write, *values):
        try:
            write(*values)
            return True
        except (OSError, ValueError):
            self.log(events.JOURNAL_FAILED, entry_type, 0, 0)
            return False

    def asked(self, lane):
        # The request that the lane's terminal waits for, and of which nothing is written yet.
        ask = lane.ask
        return self.message.once_more(lane.dialect, ask.frame(), ask.hash)

    def item_amount(self, item, dialect):
        # What it adds to the batch, read from the stored frame itself.
        m = self.stored_message(item, dialect)
        return max(m.amount, 0) if m is not None else 0

    def stored_message(self, item, dialect):
        # Read again from the journal; None when it is closed or damaged.
        try:
            return self.other.read(dialect, self.journal.frame(item)) if item else None
        except (OSError, ValueError):
            return None

    # Originals that are older than the lane's newest live request.

    def sent_state(self, lane, stan):
        # -> (was it written, was it approved), from the journal's history.
        state = self.journal.find_live(lane.index, -1, stan)
        return state > 0, state > 1

    def sent_route(self, lane, stan):
        body = self.journal.find_sent(lane.index, stan)
        if body is None:
            return 0
        return self.known_route(bodies.get(records.SENT, body)[3])

    def known_route(self, route):
        # The journal may remember one that the configuration no longer has.
        return route if route < len(self.routes) else 0

    def reverse_older(self, lane, m):
        # The terminal takes back something that is not its newest.
        kept = self.ledger.lanes[lane.index]
        if m.about not in (kept.live.stan, kept.reversed_stan):
            from tidegate.core import older

            older.take_back(self, lane, kept, m.about)

    def correct(self, lane, step, kind, amount, stan):
        # What changes the books without a message of its own.
        body = self.body(records.BATCH_BYTES)
        bodies.put(
            records.BATCH, body, 0, lane.index, step, kind, 0, 0, 0, self.time.wall,
            *bodies.split(amount), 0, 0, max(stan, 0), 0, 0,
        )  # fmt: skip
        self.append(records.BATCH, body, True)


def _within_limits(e, lane, m):
    if e.journal.open_count(-1, records.GROUP_ADVICE) >= e.stored_count_max:
        return False
    if not e.stored_sum_max:
        return True
    total = max(m.amount, 0)
    for item in e.journal.items(-1, 1 << records.STORE, False):
        total += e.item_amount(item, e.lanes[item.lane].dialect)
    return total <= e.stored_sum_max


def _load_stand_in(e, config):
    from tidegate.core.stand_in import StandIn

    e.stand_in = StandIn(config)


def keep_promises(e):
    # Stand-in may have been switched off while what it approved is not with the host yet.
    for dialect in e.dialects:
        if dialect.is_plain and not e.stand_in:
            for item in e.journal.items(-1, 1 << records.STORE):
                if item.flags & records.FLAG_STAND_IN:
                    _load_stand_in(e, None)
                    break
