"""The acquirer's own books: what every terminal's money did there, by batch and trace number."""

from tidegate_host.world import wire

LIVE = 0
ADVICE = 1
UPLOAD = 2


class Entry:
    # One transaction. `effects`: how often its money moved; a reversal takes it back to zero.
    def __init__(self, kind, batch, stan, amount, via):
        self.kind = kind
        self.batch = batch
        self.stan = stan
        self.amount = amount
        self.via = via
        self.effects = 1
        self.reversed = False
        self.voided = False


class Account:
    # One terminal, as the acquirer knows it.
    def __init__(self, tid):
        self.tid = tid
        self.epoch = 0
        self.batch_next = 1
        self.entries = []  # in the order in which they were booked
        self.stuck = {}  # STAN -> until when it is put off
        self._by_key = {}
        self._unseen = {}  # reversals of what has not been seen

    def book(self, kind, batch, stan, amount, via):
        entry = Entry(kind, batch, stan, amount, via)
        self.entries.append(entry)
        self._by_key[(batch, stan)] = entry
        return entry

    def find(self, batch, stan):
        return self._by_key.get((batch, stan))

    def find_any(self, stan):
        # By trace number alone, newest first: for messages that do not name a batch.
        for entry in reversed(self.entries):
            if entry.stan == stan:
                return entry
        return None

    def remember_unseen(self, batch, stan):
        self._unseen[(batch, stan)] = True

    def was_unseen(self, batch, stan):
        return (batch, stan) in self._unseen

    def totals(self, batch):
        # -> debit sum, debit count, credit sum, credit count
        sums = [0, 0, 0, 0]
        for entry in self.entries:
            if entry.batch == batch:
                add(sums, entry.kind, entry.amount, entry.effects)
        return sums


def add(sums, kind, amount, times):
    side = wire.side(kind)
    if side and times:
        at = 0 if side > 0 else 2
        sums[at] += amount * times
        sums[at + 1] += times
