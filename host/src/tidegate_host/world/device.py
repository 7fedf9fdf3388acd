"""What a terminal keeps through a power loss: trace number, batch, log, reversal slot, advices."""

from tidegate_host.world import books, wire

PENDING = 0
DONE = 1  # in the log: the terminal counts it
FAILED = 2
REVERSED = 3

SLOT_TRIES_MAX = 4  # then the terminal gives its reversal up and says to phone the bank
ADVICE_TRIES_MAX = 6


class Answer:
    # What a program needs of a message that came back.
    def __init__(self, m):
        self.code = wire.text(m.code) if m.code else ""
        self.amount = m.amount
        self.batch = m.batch
        index = m.index
        self.keys = bytes(index.content(62)) if index.has(62) else b""
        self.flag = index.digits(48, 30, 1) if index.has(48) else -1
        self.auth = m.auth.decode()


class Transaction:
    def __init__(self, kind, batch, stan, amount, card):
        self.kind = kind
        self.batch = batch
        self.stan = stan
        self.amount = amount
        self.card = card
        self.state = PENDING
        self.online = True
        self.original = None  # what a void, a completion or an adjust is about
        self.auth = ""
        self.voided = False
        self.delivered = False  # an advice the host has taken, as far as the terminal was told
        self.given_up = False  # an advice that is not sent any more
        self.tries = 0
        self.uploaded = False


class Slot:
    # The one reversal that a terminal can owe. `reached`: a try of it got as far as the bridge.
    def __init__(self, transaction, reason):
        self.transaction = transaction
        self.reason = reason
        self.tries = 0
        self.reached = False


class Memory:
    def __init__(self, tid, stan):
        self.tid = tid
        self.stan = stan
        self.batch = 1
        self.epoch = 0
        self.signed_in = False
        self.slot = None
        self.log = []  # transactions of the open batch, in order
        self.closed = []  # and of the batches before
        self.settling = 0  # 0 trading, else the flag of the 0510: 1 balanced, 2 not
        self.abandoned = []  # reversals given up before one of them reached the bridge

    def next_stan(self):
        self.stan += 1
        return self.stan

    def totals(self):
        sums = [0, 0, 0, 0]
        for transaction in self.log:
            if transaction.state == DONE:
                books.add(sums, transaction.kind, transaction.amount, 1)
        return sums

    def unsent(self):
        # Advices that still have to go out: those with the fewest tries first, then the oldest.
        chosen = None
        for transaction in self.log:
            waiting = not transaction.online and not transaction.delivered
            if waiting and not transaction.given_up:
                if chosen is None or transaction.tries < chosen.tries:
                    chosen = transaction
        return chosen

    def close_batch(self):
        self.closed.extend(self.log)
        self.log = []
        self.settling = 0
        self.batch += 1
