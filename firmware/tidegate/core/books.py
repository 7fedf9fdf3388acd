"""One lane's books: the totals of its batch, and the states of its newest live request.

A lane has one live request, its newest. Its state moves by the table below. An approval counts in
the batch from the moment it is durable, whether or not its delivery is proven: the terminal's next
live request, or its settlement, proves it; a reversal takes it back, even after delivery. An
approval that came after the wait was over does not count: the terminal was told nothing, and will
reverse it.
"""

from array import array

from tidegate.compat import const
from tidegate.journal import bodies
from tidegate.proto import message

NONE = const(0)
SENT = const(1)  # written, no answer: unknown if it stays so
DECLINED = const(2)
APPROVED = const(3)  # durable, not handed to the terminal
DELIVERED = const(4)  # handed to the terminal, not proven
LATE = const(5)  # approved when nobody waited any more
REVERSED = const(6)  # the terminal took it back
ATTENDED = const(7)  # a person has it

# Events of a live request.
OK = const(0)
NO = const(1)
LATE_OK = const(2)
HANDED = const(3)
REVERSE = const(4)
ATTEND = const(5)

_COUNT_ALARM = const(950)
_SUM_ALARM = 900000000000
_RECENT = const(16)  # live requests of a lane that are recognised when their bytes come again

# state -> next state for (ok, no, late ok, handed over, reversed, attended)
_NEXT = (
    b"\x00\x00\x00\x00\x00\x00",  # none
    b"\x03\x02\x05\x01\x06\x07",  # sent
    b"\x02\x02\x02\x02\x02\x02",  # declined: nothing can follow
    b"\x03\x03\x03\x04\x06\x07",  # approved
    b"\x04\x04\x04\x04\x06\x04",  # delivered
    b"\x05\x05\x05\x05\x06\x07",  # late
    b"\x06\x06\x06\x06\x06\x06",  # reversed: a 0400 always wins
    b"\x07\x02\x07\x07\x06\x07",  # attended: a refusal still clears it, an approval does not
)

# Which total of the terminal a kind belongs to: facts of the field, not of a dialect.
_DEBIT = (
    message.KIND_SALE,
    message.KIND_COMPLETION,
    message.KIND_COMPLETION_ADVICE,
    message.KIND_OFFLINE_SALE,
    message.KIND_IC_SALE,
)
_CREDIT = (
    message.KIND_VOID,
    message.KIND_REFUND,
    message.KIND_COMPLETION_VOID,
    message.KIND_IC_REFUND,
)


def side(kind):
    # 1 debit, -1 credit, 0 neither (a balance, a pre-authorisation).
    return 1 if kind in _DEBIT else -1 if kind in _CREDIT else 0


def fingerprint(hash8):
    return hash8[0] | hash8[1] << 8 | hash8[2] << 16 | (hash8[3] & 0x3F) << 24


class Books:
    # Counts and sums of one batch, as the terminal keeps them.
    def __init__(self):
        self.clear(0)

    def clear(self, batch):
        self.batch = batch
        self.debit_count = self.debit_sum = self.credit_count = self.credit_sum = 0

    def add(self, kind, amount, sign):
        which = side(kind)
        if which > 0:
            self.debit_count += sign
            self.debit_sum += sign * amount
        elif which < 0:
            self.credit_count += sign
            self.credit_sum += sign * amount

    def is_nearly_too_large(self):
        # A settlement has three digits for a count and twelve for a sum.
        count = max(self.debit_count, self.credit_count)
        return count >= _COUNT_ALARM or max(self.debit_sum, self.credit_sum) >= _SUM_ALARM

    def copy(self, other):
        self.batch = other.batch
        self.debit_count = other.debit_count
        self.debit_sum = other.debit_sum
        self.credit_count = other.credit_count
        self.credit_sum = other.credit_sum

    def values(self):
        return (
            (self.batch, self.debit_count)
            + bodies.split(self.debit_sum)
            + (self.credit_count,)
            + bodies.split(self.credit_sum)
        )

    def load(self, values):
        self.batch = values[0]
        self.debit_count = values[1]
        self.debit_sum = bodies.join(values[2], values[3])
        self.credit_count = values[4]
        self.credit_sum = bodies.join(values[5], values[6])


class Live:
    # The lane's newest live request.
    def __init__(self):
        self.state = NONE
        self.counted = self.approved = self.late = False
        self.code = self.id = self.kind = self.route = self.window = self.trust = 0
        self.stan = self.batch = self.orig_stan = self.wall = self.amount = 0
        self.masked = bytes(6)
        self.card = self.key = self.hash = bytes(8)

    def step(self, event):
        self.state = _NEXT[self.state][event]

    def open(self):
        # Something about it is not yet known or not yet proven.
        return self.state in (SENT, APPROVED, LATE)


class LaneBooks:
    def __init__(self, index):
        self.index = index
        self.books = Books()
        self.settled = Books()
        self.since_s = 0  # when the first of what is not settled was counted; 0: nothing is
        self.settle_flags = 0  # of the last 0510: domestic in the low byte, foreign above
        self.settling = 0  # the batch whose 0500 was written and whose successor is not seen yet
        self.settling_seen = False
        self.key_epoch = 0
        self.stale_id = 0  # items up to this one were sealed under earlier keys
        self.batch_route = 0  # the route of the batch's first live request: settlement follows it
        self.recent = array("I", [0] * _RECENT)
        self.stored_stan = 0  # the highest of its stored messages: a lower one may be a copy
        self.reversed_stan = -1  # of the last approval that was taken back and was not the newest
        self.live = Live()

    def was_sent(self, hash8):
        wanted = fingerprint(hash8)
        for known in self.recent:
            if known == wanted:
                return True
        return False

    def remember(self, hash8):
        # Newest first.
        self.recent[1:] = self.recent[:-1]
        self.recent[0] = fingerprint(hash8)

    def recall(self, packed):
        self.recent = array("I", packed)
