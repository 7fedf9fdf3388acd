"""A day of both stand-ins in memory, without sockets, threads or a real clock; prints its digest.

A program for both interpreters: what it imports of the stand-ins is what a simulated world can
share. The seal is an abstract one, the line loses and doubles what a small generator says.
"""

import sys
from hashlib import sha256

from dialects_for_tests import dialect_data
from tidegate.proto.dialect import Dialect
from tidegate_host.standins import settling, trading
from tidegate_host.standins.books import Books
from tidegate_host.standins.cards import ENTRIES, make_card
from tidegate_host.standins.flows import OPEN, Pos, Settings
from tidegate_host.standins.forms import Forms
from tidegate_host.standins.host import Host
from tidegate_host.standins.request import Request
from tidegate_host.standins.tape import APPROVED

SALE, PREAUTH, VOID, REFUND, OFFLINE = 1, 4, 2, 3, 13


class Dice:
    """A small generator with the same numbers everywhere."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return (self.state >> 8) % limit

    def randbytes(self, count):
        return bytes([self.below(256) for _ in range(count)])


class Keys:
    def __init__(self, pin, sealing):
        self.pin = pin
        self.mac = sealing


class AbstractVault:
    """Keys and seals that need no cipher."""

    def __init__(self, dice):
        self.dice = dice

    def make(self, net_mgmt):
        keys = Keys(self.dice.randbytes(8), self.dice.randbytes(8))
        return keys, keys.pin + keys.mac

    def open(self, data, net_mgmt):
        return Keys(data[:8], data[8:])

    def seal(self, key, data):
        return sha256(key + data).digest()[:8]

    def pin_block(self, key, pan, pin):
        return sha256(key + pan.encode()).digest()[:8]


class StoppedClock:
    def local(self):
        return 2026, 11, 24, 10, 0, 0

    def settle_date(self, cutover_min):
        return "1124"


class Line:
    """Takes the flows of a terminal to the host and back, badly."""

    def __init__(self, host, dialect, dice):
        self.host = host
        self.dialect = dialect
        self.dice = dice
        self.lost = 0
        self.trace = sha256(b"")

    def run(self, flow, good=False):
        value = None
        try:
            while True:
                step = flow.send(value)
                value = True if step == OPEN else self._carry(step, good)
        except StopIteration as end:
            return end.value

    def _carry(self, send, good):
        fate = 0 if good else self.dice.below(8)
        self.trace.update(send.payload)
        if fate == 1:  # lost on the way there
            self.lost += 1
            return None
        answer, _ = self.host.answer(Request(self.dialect, send.payload))
        self.trace.update(answer)
        if fate == 2:  # lost on the way back
            self.lost += 1
            return None
        return answer


def trade(line, pos, dice):
    """One thing that a cashier does."""
    card = make_card(dice.below(50), ENTRIES[dice.below(4)])
    amount = 100 + dice.below(90000)
    what = dice.below(6)
    sold = [r for r in pos.tape.records if r.kind == SALE and r.state == APPROVED]
    sold = [r for r in sold if not r.undone]
    if what == 0:
        return line.run(trading.offline_sale(pos, OFFLINE, card, amount))
    if what == 1 and sold:
        original = sold[dice.below(len(sold))]
        return line.run(trading.trade(pos, VOID, original.the_card(), original.amount, original))
    return line.run(trading.trade(pos, PREAUTH if what == 2 else SALE, card, amount))


def day(seed):
    """-> (digest of every byte on the line, requests lost, balanced)"""
    dice = Dice(seed)
    dialect = Dialect(dialect_data("cup"))
    books = Books()
    host = Host(dialect, books, AbstractVault(dice), StoppedClock())
    settings = Settings(reversal_attempts_max=1000, advice_attempts_max=1000)
    pos = Pos(
        dialect, Forms("TEST0001", "TESTMERCHANT001"), AbstractVault(dice), StoppedClock(), dice,
        settings, lambda: None, lambda text: None,
    )  # fmt: skip
    line = Line(host, dialect, dice)
    line.run(trading.sign_in(pos), True)
    for _ in range(60):
        trade(line, pos, dice)
    line.run(trading.upload(pos), True)
    done = line.run(settling.settle(pos), True)
    assert books.findings() == [], books.findings()
    return line.trace.digest().hex(), line.lost, done.reason


def main(seeds):
    for seed in seeds:
        print(seed, *day(seed))


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
