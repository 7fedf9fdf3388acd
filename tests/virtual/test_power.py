"""The power goes at every interesting moment of a day, and the money is right afterwards.

The same day is traded each time: sales, a line that fails in the middle of one, a reversal and
off-line sales that the bridge stores, the line again, a void, settlement. A watcher kills the
firmware with SIGKILL the moment it sees the chosen event (a line of the log, or a message at the
acquirer), and gives the power back. What is checked then is what anybody could see from outside:
the acquirer's books against the terminal's totals, the order of its messages, the log, and the
flash image.
"""

import os
import signal
import threading

import pytest
from shop import card, leaks, plain, running, settings, terminal, until

from tidegate_host.demo import evidence
from tidegate_host.device.virtual import VirtualError
from tidegate_host.standins.acquirer import Acquirer

# (where it is seen, what, which time)
MOMENTS = [
    ("bridge", "live-in", 2),
    ("bridge", "live-sent", 2),
    ("acquirer", "sale", 2),
    ("bridge", "live-answer", 2),
    ("bridge", "delivered", 2),
    ("bridge", "stored", 1),
    ("bridge", "stored", 3),
    ("bridge", "item-sent", 1),
    ("acquirer", "reversal", 1),
    ("bridge", "item-done", 1),
    ("acquirer", "offline-sale", 2),
    ("bridge", "item-done", 3),
    ("acquirer", "void", 1),
    ("acquirer", "settlement", 1),
]
FEW = 6  # cards


class Killer:
    """Cuts the power once, when the nth event comes, and gives it back."""

    def __init__(self, bridge, acquirer, where, what, nth):
        self.bridge = bridge
        self.nth = nth
        self.done = threading.Event()
        self.pid = bridge.pid
        self.seen = 0
        watch = self._watch_log if where == "bridge" else self._watch_acquirer
        threading.Thread(target=watch, args=(what, acquirer), daemon=True).start()

    def _watch_log(self, what, _):
        try:
            for event in self.bridge.follow():
                if event.name == what and self._cut():
                    return
        except (OSError, VirtualError):
            pass  # the test is over

    def _watch_acquirer(self, what, acquirer):
        wanted = {"direction": "in", "kind": what}
        if acquirer.log.wait_count(self.nth, 120, **wanted):
            self.seen = self.nth - 1
            self._cut()

    def _cut(self):
        self.seen += 1
        if self.seen < self.nth:
            return False
        os.kill(self.pid, signal.SIGKILL)
        self.bridge.power_cut()
        self.done.set()
        return True


def persist(step, good):
    """What a cashier does: try again after a moment, until it works."""
    outcomes = []

    def tried():
        outcomes.append(step())
        return good(outcomes[-1])

    assert until(tried, 60), outcomes[-5:]
    return outcomes[-1]


def trade(pos, acquirer):
    """The day of one terminal; the cards that were used, as digit strings."""
    cards = [card(n) for n in range(FEW)]
    persist(pos.sign_in, lambda o: o.state == "done")
    first = persist(lambda: pos.sale(1000, cards[0]), lambda o: o.approved)
    persist(lambda: pos.sale(2000, cards[1]), lambda o: o.approved)
    # The host takes a sale and its answer is lost; then the line is gone.
    lost = acquirer.fault("drop", kind=["sale"], times=1)
    persist(lambda: pos.sale(3000, cards[2]), lambda _: lost.fired)
    acquirer.line(down=True)
    pos.reverse()
    for n in range(3):
        pos.offline_sale(400 + n, cards[3 + n])
    pos.upload_advices()
    acquirer.line(down=False)
    persist(pos.upload_advices, lambda _: not pos.status()["waiting"])
    persist(pos.reverse, lambda _: pos.status()["reversal"] is None)
    persist(lambda: pos.void(first.stan), lambda o: o.approved)
    return [c.pan for c in cards]


def once_each(entries):
    """M2: no transaction has two effects on the books."""
    effects = [(e.terminal, e.batch, e.stan, e.kind) for e in entries if e.state == "approved"]
    return len(effects) == len(set(effects))


def reversal_first(log):
    """M4: no live request reaches the host before the reversals of earlier ones are confirmed."""
    confirmed = {}
    for entry in log.select(kind="reversal", direction="out", code="00"):
        confirmed.setdefault(entry.stan, entry.number)
    live = log.select(kind="sale", direction="in") + log.select(kind="void", direction="in")
    for stan, number in confirmed.items():
        assert all(entry.number > number for entry in live if entry.stan > stan), stan
    return True


def same(book, totals):
    """Do the bridge and the terminal count alike? Domestic cards are all there are."""
    counted = [book.debit_sum, book.debit_count, book.credit_sum, book.credit_count]
    return counted == totals.values[:4]


def explained(bridge):
    """M9: every answer that the bridge made itself is told with its code and a time."""
    for event in bridge.events():
        if event.name in ("live-declined", "accepted"):
            code = chr(event.b >> 8) + chr(event.b & 255)
            assert event.wall_s > 0 and code in ("91", "96", "25", "94"), event


@pytest.mark.timeout(120)
@pytest.mark.parametrize("link", ["t1", "t2"], ids=["shadow", "accept"])
@pytest.mark.parametrize(("where", "what", "nth"), MOMENTS, ids=str)
def test_the_power_goes(tmp_path, link, where, what, nth):
    limits = {"answer_deadline_s": 5, "reversal_guard_s": 10, "backoff_s_max": 2, "stall_s": 5}
    with Acquirer() as acquirer:
        config = settings(plain(acquirer), limits=limits)
        with running(tmp_path / "bridge", config) as bridge:
            pos = terminal(
                bridge, link, wait_s=7, reversal_attempts_max=50, advice_attempts_max=50,
                advice_retry_codes=("96",),
            )  # fmt: skip
            killer = Killer(bridge, acquirer, where, what, nth)
            used = trade(pos, acquirer)
            batch = pos.tape.batch
            totals = pos.totals()
            persist(pos.settle, lambda o: o.state == "done")
            assert killer.done.wait(30), f"{what} was not seen {nth} times"
            assert pos.sale(50, card(0)).approved or pos.sale(51, card(0)).approved
            assert until(lambda: acquirer.totals("TEST0001", batch) == totals), (
                acquirer.totals("TEST0001", batch), totals, acquirer.books()["entries"],
            )  # fmt: skip
            assert once_each(acquirer.entries())
            assert reversal_first(acquirer.log)
            assert not [e for e in bridge.events() if e.name in ("task-died", "journal-failed")]
            kept = [bridge.flash_path, bridge.keys_path, bridge.log_path]
            assert leaks(kept, used) == []
            told = evidence.read(bridge.flash_path)
            assert (told.waiting, told.findings) == (0, [])  # M1, M8: nothing is left behind
            assert same(told.books["TEST0001", batch], totals)  # M3: the bridge's own book
            # M7: the settlement is the acquirer's, made once for that batch.
            settled = [s for s in acquirer.books()["settlements"] if s["batch"] == batch]
            assert settled, acquirer.books()["settlements"]
            explained(bridge)
