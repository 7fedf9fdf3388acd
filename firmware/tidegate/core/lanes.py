"""A lane: one terminal, which does one thing at a time, and its own line to the host.

Several terminals of one device have a lane each, with books and keys of their own, and take turns.

What is here lives in RAM only and dies with the power; what must survive is in the ledger. The
buffers are made once per lane. Three things may be going on at the same time:

- the *ask*: a request that the terminal waits for and of which nothing has been written yet;
- the *flight*: what the lane's uplink is doing, by the state machine in `flow`;
- the *waiter*: a terminal connection that waits for the host's answer to a stored item.
"""

from tidegate.compat import const

# Phases of the uplink.
IDLE = const(0)
OPENING = const(1)  # a connection was asked for; nothing is written
WAITING = const(2)  # one frame is written, its answer is out

# What the uplink is used for.
JOB_NONE = const(0)
JOB_LIVE = const(1)
JOB_PASS = const(2)  # session, settlement and whatever is only passed on
JOB_ITEM = const(3)  # a stored reversal or advice

NOBODY = const(-1)
_DECLINED_MAX = const(4)
_OWN_BYTES = const(640)  # of a lane's request: sales, advices and batch uploads are shorter
_ANSWER_BYTES = const(448)  # and of the answer that it remembers


class Spare:
    # One buffer for the longest frame, which the lanes share: a signature, say.
    def __init__(self, frame_bytes_max):
        self._view = memoryview(bytearray(frame_bytes_max))
        self._lane = None  # whose frame it holds

    def room(self, lane, size):
        # -> (where a frame of that size goes: None for the lane's own buffer, can it be had?)
        if size <= _OWN_BYTES:
            return None, True
        other = self._lane
        if other and other is not lane and other.ask.view is self._view and other.needs_ask():
            return None, False
        self._lane = lane
        return self._view, size <= len(self._view)


class Slot:
    # A frame kept in a buffer of its own, with what is needed to recognise it again.
    def __init__(self, own_bytes=_OWN_BYTES):
        self._own = memoryview(bytearray(own_bytes))
        self.view = self._own
        self.clear()

    def clear(self):
        self.length = 0
        self.key = self.hash = b""
        self.conn = NOBODY

    def take(self, view, message, conn, room=None):
        # Into the lane's own buffer, or into `room`. -> does it fit? What is longer is not kept.
        size = len(view)
        self.view = room or self._own
        if size > len(self.view):
            self.clear()
            return False
        self.length = size
        self.view[:size] = view
        self.key = message.key8
        self.hash = message.hash8
        self.conn = conn
        return True

    def frame(self):
        return self.view[: self.length]

    def same(self, message):
        return self.length and self.key == message.key8 and self.hash == message.hash8


class Ask(Slot):
    def clear(self):
        Slot.clear(self)
        self.kind = self.cls = 0
        self.amount = self.stan = self.batch = self.orig_stan = -1
        self.deadline_ms = 0
        self.insist = False  # it has waited in vain often enough, and passes the barrier

    def open(self, message, conn, room):
        # -> was there room for it?
        if not self.take(message.view, message, conn, room):
            return False
        self.kind = message.kind
        self.cls = message.cls
        self.amount = message.amount
        self.stan = message.stan
        self.batch = message.batch
        self.orig_stan = message.orig_stan
        self.insist = False
        return True


class Flight:
    # What an answer must look like to belong to what was written.
    def __init__(self):
        self.clear()

    def clear(self):
        self.conn = NOBODY
        self.mti = self.stan = self.proc = -1
        self.kind = 0
        self.terminal = b""
        self.deadline_ms = 0

    def wrote(self, message, conn, deadline_ms):
        self.mti = message.mti
        self.stan = message.stan
        self.proc = message.proc
        self.kind = message.kind
        self.terminal = message.terminal
        self.conn = conn
        self.deadline_ms = deadline_ms

    def answered_by(self, message):
        # Answers may leave fields out (0330, 0810), so a field counts only where both have it.
        return (
            message.mti == (self.mti - self.mti % 10) + 10
            and (message.stan < 0 or self.stan < 0 or message.stan == self.stan)
            and (message.proc < 0 or self.proc < 0 or message.proc == self.proc)
            and (not message.terminal or not self.terminal or message.terminal == self.terminal)
        )


class Remembered(Slot):
    # The last answer, for a terminal that asks again with the same bytes. RAM only.
    def clear(self):
        Slot.clear(self)
        self.until_ms = 0
        self.epoch = -1

    def holds(self, message, epoch, now_ms):
        # Is it the answer to that message, still good, and sealed with keys that still hold?
        return self.same(message) and self.epoch == epoch and now_ms < self.until_ms


class Declined:
    # Live requests that were declined lately: the same bytes get the same answer, whatever the
    # line does by then. RAM only.
    def __init__(self):
        self._rows = []  # (hash, code, until)

    def add(self, hash8, code, until_ms):
        if len(self._rows) >= _DECLINED_MAX:
            self._rows.pop(0)
        self._rows.append((hash8, code, until_ms))

    def code_of(self, hash8, now_ms):
        for row in self._rows:
            if row[0] == hash8 and now_ms < row[2]:
                return row[1]
        return b""


class Lane:
    def __init__(self, index, dialect):
        self.index = index
        self.dialect = dialect
        self.group = -1  # the device it belongs to, when that has several terminals
        self.phase = IDLE
        self.job = JOB_NONE
        self.route = 0
        self.ask = Ask()
        self.flight = Flight()
        self.past = Flight()  # the newest live request: its answer may still come
        self.remembered = Remembered(_ANSWER_BYTES)
        self.declined = Declined()
        self.handing_conn = NOBODY  # an answer was given to this connection, DELIVER is to come
        self.stand_in_id = 0  # the item that this answer is about, when the bridge approved it
        self.item_id = 0  # the stored item on the wire
        self.item_batch = self.item_amount = 0
        self.item_again = False  # it was written before, perhaps before the power went
        self.wait_conn = NOBODY
        self.wait_id = 0
        self.wait_deadline_ms = 0
        self.retry_ms = 0  # no stored item is tried before
        self.backoff_ms = 0
        self.guard_ms = 0  # 25 on a reversal means nothing before
        self.unknown_ms = 0  # when an unanswered live request goes to a person; 0 = none
        self.advice_after = 0  # advices up to this id had their turn
        self.refusals = 0  # sign-ins and settlements that waited in vain
        self.confirmed_ms = 0
        self.line_ok = False
        self.sent_hash = b""
        self.sent_bytes = 0  # of what was passed on last: it stays in the buffer of the ask
        self.tries = []  # [item id, attempts, answers of the route at the first], newest last

    def needs_ask(self):
        # What was passed on is looked at again when it is answered.
        return self.ask.length or self.phase != IDLE

    def wants(self, conn):
        # Does anything here still depend on that terminal connection?
        return conn in (self.ask.conn, self.flight.conn, self.wait_conn)
