"""The story of each transaction in a journal: what it is, its moments in order, how it stands.

A transaction is a live request that was written (SENT), one that was refused here (HOLD), or a
stored message (STORE). Everything comes from clear parts of entries: nothing sealed is opened, and
a card is its masked number.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tidegate.core import books
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.config.clock import since_2020
from tidegate_host.ledger import reading
from tidegate_host.ledger.telling import moment_of

# How a transaction stands.
APPROVED, DECLINED, REFUSED_HERE, UNKNOWN = "approved", "declined", "refused-here", "unknown"
LATE, REVERSED, WAITING, CONFIRMED = "late", "reversed", "waiting", "confirmed"
CLOSED, SERVED, EXPIRED = "closed", "served-later", "expired"

# A stored message that was closed like this is with the acquirer.
_THE_HOST_HAS_IT = ("confirmed", "repeat", "no-original", "uploaded")
_UNCLEAR = ("68", "98")  # the host does not know either
_TURN_S = 65536  # a DONE keeps the low half of its time


@dataclass
class Moment:
    """One step. `at_s` is seconds since 2020, 0 unknown; `how`: "" exact, "by" or "after" it."""

    what: str
    at_s: int
    detail: str = ""
    how: str = ""


@dataclass
class Batch:
    """One batch of one lane: when its 0500 was written, and what the host said of it."""

    lane: int
    batch: int
    began_s: int = 0
    asked_s: int = 0
    answered_s: int = 0
    domestic: str = ""
    foreign: str = ""
    totals: dict[str, int] = field(default_factory=dict)  # as the bridge counted at the 0500
    # As the terminal's 0500 and an unbalanced 0510 said, by cards: "domestic", "foreign".
    at_terminal: dict[str, dict[str, int]] = field(default_factory=dict)
    at_host: dict[str, dict[str, int]] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)  # by the upload: STAN -> amount
    upload_ended_s: int = 0

    @property
    def balanced(self) -> bool:
        """True when the host said so about all cards that it spoke of."""
        return {self.domestic, self.foreign} <= {"balanced", ""} and bool(self.answered_s)


@dataclass
class Transaction:
    """What the journal knows of one transaction. Amounts: minor units, 0 unknown or none."""

    item: int
    lane: int
    source: str  # the type of its first entry: SENT, HOLD or STORE
    kind: str
    stan: str
    terminal: str = ""
    merchant: str = ""
    batch: int = 0
    amount: int = 0
    card: str = ""
    code: str = ""
    rrn: str = ""
    auth: str = ""
    settle_date: str = ""  # F15 of the answer, mmdd
    reason: str = ""  # of a refusal by the bridge
    window: int | None = None  # index of the window that decided
    limit: int | None = None
    until: str = ""
    why: str = ""  # in attention, and why
    state: str = UNKNOWN
    attempts: int = 0
    reverses: int = 0  # the item that a reversal is about
    how: str = ""  # a stored message: how it was closed
    booked: int = 0  # a stored message: what it added to its batch, minor units
    stood_in: bool = False  # approved by the bridge itself
    home: Batch | None = field(default=None, repr=False)  # the batch that it belongs to
    decided: str = ""  # what a person recorded about it
    moments: list[Moment] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)  # sequence numbers

    @property
    def at_s(self) -> int:
        """When it began, seconds since 2020; 0 when no entry says so."""
        return next((moment.at_s for moment in self.moments if moment.at_s), 0)

    def as_dict(self) -> dict[str, Any]:
        """With stable keys, for `--json` and for packages."""
        return asdict(replace(self, home=None), dict_factory=_without_home)

    def add(self, what: str, at_s: int, detail: str = "", how: str = "") -> None:
        """Add a moment."""
        self.moments.append(Moment(what, at_s, detail, how))


@dataclass
class Story:
    """Everything of one journal, oldest first."""

    transactions: list[Transaction] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    keys: list[tuple[int, int]] = field(default_factory=list)  # (lane, time) of sign-ins with keys
    terminals: dict[int, str] = field(default_factory=dict)
    newest_s: int = 0

    def stored(self) -> Iterator[Transaction]:
        """What waits for the host."""
        return (t for t in self.transactions if t.state == WAITING and not t.why)


def read(region: bytes) -> Story:
    """Tell the story of a journal region."""
    teller = _Teller()
    for entry in reading.entries(region):
        if entry.is_intact:
            teller.take(entry)
    teller.settle()
    return teller.story


TOTALS = ("debits", "debit_sum", "credits", "credit_sum")


class _Teller:
    def __init__(self) -> None:
        self.story = Story()
        self.by_item: dict[int, Transaction] = {}
        self.merchants: dict[int, str] = {}
        self.batch_of: dict[int, Batch] = {}  # lane -> the batch it counts in
        self.settling: dict[int, Batch] = {}  # lane -> the batch whose 0500 was written last

    def take(self, entry: reading.Entry) -> None:
        at_s = since(entry.what.get("at", ""))
        self.story.newest_s = max(self.story.newest_s, at_s)
        tell = getattr(self, f"_{entry.type.lower()}", None)
        if tell:
            tell(entry, entry.what, at_s)

    def settle(self) -> None:
        # What its batch came to is a moment of every transaction in it.
        for batch in self.story.batches:
            if not batch.answered_s:
                continue
            said = " / ".join(word for word in (batch.domestic, batch.foreign) if word)
            for t in self.story.transactions:
                if t.home is batch and counts(t):
                    t.add("settled", batch.answered_s, said)

    def _lane(self, entry: reading.Entry, what: dict[str, Any], _at: int) -> None:
        self.story.terminals[entry.lane] = what["terminal"]
        self.merchants[entry.lane] = what["merchant"]

    def _begin(self, entry: reading.Entry, **known: Any) -> Transaction:
        made = Transaction(
            entry.item, entry.lane, entry.type, entry.what["kind"], entry.what["stan"],
            terminal=self.story.terminals.get(entry.lane, ""),
            merchant=self.merchants.get(entry.lane, ""), home=self.batch_of.get(entry.lane),
            **known,
        )  # fmt: skip
        made.batch = made.home.batch if made.home else 0
        made.entries.append(entry.seq)
        self.by_item[entry.item] = made
        self.story.transactions.append(made)
        return made

    def _sent(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        self._counts_in(entry.lane, what["batch"], at)
        made = self._begin(
            entry, amount=what["amount"], card=what["card"], window=what["window"]
        )  # fmt: skip
        made.add("received", at, how="by")
        made.add("decided", at, "sent on", how="by")
        made.add("sent", at)

    def _hold(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        if entry.item in self.by_item:
            self.by_item[entry.item].until = what["until"]
            return
        made = self._begin(
            entry, amount=what["amount"], card=what["card"], code=what["code"],
            reason=what["reason"], window=what["window"], limit=what["limit"],
            until=what["until"], state=REFUSED_HERE,
        )  # fmt: skip
        made.add("received", at, how="by")
        made.add("decided", at, f"declined {what['code']}")

    def _store(self, entry: reading.Entry, what: dict[str, Any], _at: int) -> None:
        if entry.item in self.by_item:
            return
        older = self._replaced(entry)
        if older:
            older.state, older.how = CLOSED, "replaced"
            older.add("done", 0, "replaced")
        made = self._begin(entry, state=WAITING, stood_in=what["stand_in"])
        made.add("received", self.story.newest_s, how="after")
        if what["kind"] == "reversal":
            self._takes_back(made)

    def _replaced(self, entry: reading.Entry) -> Transaction | None:
        # Newer bytes take the place of the older without a DONE: of a reversal always, of an
        # advice that was never sent, and never of what a person has.
        key = (entry.lane, entry.what["kind"], entry.what["stan"])
        for t in reversed(self.story.transactions):
            if (t.lane, t.kind, t.stan) == key and t.state == WAITING and not t.why:
                return t if t.kind == "reversal" or not t.attempts else None
        return None

    def _takes_back(self, made: Transaction) -> None:
        for t in reversed(self.story.transactions[:-1]):
            took = t.source == "SENT" or t.stood_in
            if took and (t.lane, t.stan) == (made.lane, made.stan):
                made.reverses, made.amount, made.card = t.item, t.amount, t.card
                made.batch, made.home = t.batch, t.home
                t.state = REVERSED
                t.add("reversal", self.story.newest_s, "stored", how="after")
                t.entries += made.entries
                return

    def _of(self, entry: reading.Entry) -> Transaction | None:
        found = self.by_item.get(entry.item)
        if found:
            found.entries.append(entry.seq)
        return found

    def _answer(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        t = self._of(entry)
        if not t:
            return
        t.code, t.rrn, t.auth = what["code"], what["rrn"], what["auth"]
        t.settle_date = what["settle_date"]
        t.add("answered", at, f"{t.code} late" if what["late"] else t.code)
        if t.state == REVERSED or t.code in _UNCLEAR:
            return
        t.state = DECLINED if not what["approved"] else LATE if what["late"] else APPROVED
        t.amount = what["amount"] or t.amount

    def _deliver(self, entry: reading.Entry, _what: dict[str, Any], at: int) -> None:
        t = self._of(entry)
        if t:
            t.add("delivered", at)

    def _attempt(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        t = self._of(entry)
        if t:
            t.amount = what["amount"] or t.amount
            t.attempts += 1
            t.add("sent" if t.attempts == 1 else "replayed", at)

    def _done(self, entry: reading.Entry, what: dict[str, Any], _at: int) -> None:
        t = self._of(entry)
        if not t:
            return
        how = what["how"]
        if t.stood_in and how == "replaced":
            how = "taken back"
        t.amount, t.why = what["amount"] or t.amount, ""
        at = self._near(entry.what.get("wall_low", 0))
        if t.source == "STORE":
            if how == "sent again by a person":
                t.state = WAITING
            else:
                t.how = how
                t.booked = t.booked or what["amount"]
                if what["amount"] and not t.batch:  # where batches have no number: the open one
                    t.home = self._counts_in(entry.lane, 0, at)
                t.state = CONFIRMED if how in _THE_HOST_HAS_IT else CLOSED
            self._tell_original(t, how, at)
        elif t.source == "HOLD":
            t.state = {"succeeded": SERVED, "expired": EXPIRED}.get(how, CLOSED)
        t.add("done", at, how)

    def _tell_original(self, reversal: Transaction, how: str, at: int) -> None:
        original = self.by_item.get(reversal.reverses)
        if original:
            original.add("reversal", at, how)
            if reversal.state == CONFIRMED:
                original.why = ""

    def _attention(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        t = self._of(entry) or self._begin(entry, state=UNKNOWN)
        first = t.why != what["why"]
        t.why, t.code = what["why"], what["code"] or t.code
        if what["batch"] and what["batch"] != t.batch:
            t.batch, t.home = what["batch"], self._known(entry.lane, what["batch"])
        t.amount, t.card = what["amount"] or t.amount, what["card"] or t.card
        if first:
            t.add("attention", at, what["why"])

    def _note(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        t = self.by_item.get(what.get("item", 0))
        if t:
            t.entries.append(entry.seq)
            if t.stood_in and "auth" in what:
                t.amount, t.card, t.auth = what["amount"], what["card"], what["auth"]
                t.add("decided", at, "stand-in")
                return
            t.decided = what["what"]
            t.add("person", at, f"{what['what']}, {what['by']}: {what['reason']}")

    def _known(self, lane: int, batch: int) -> Batch | None:
        of_it = (b for b in reversed(self.story.batches) if (b.lane, b.batch) == (lane, batch))
        return next(of_it, None)

    def _counts_in(self, lane: int, batch: int, at: int) -> Batch:
        # A number that comes again after others, or none at all: a new batch once it is settled.
        found = self._known(lane, batch)
        last = self.batch_of.get(lane)
        if not found or (found.answered_s and (not batch or last is not found)):
            found = Batch(lane, batch, at)
            self.story.batches.append(found)
        self.batch_of[lane] = found
        return found

    def _batch(self, entry: reading.Entry, what: dict[str, Any], at: int) -> None:
        step = what["step"]
        if step == "late":
            self._late(entry.lane, what)
        elif step == "keys":
            self.story.keys.append((entry.lane, at))
        elif step == "number":
            self._counts_in(entry.lane, what["batch"], at)
        elif step == "settling":
            batch = self.settling[entry.lane] = self._counts_in(entry.lane, what["batch"], at)
            batch.asked_s = at
            batch.totals = {name: what[name] for name in TOTALS}
        elif entry.lane in self.settling:
            self._settled(self.settling[entry.lane], step, what, at)

    def _late(self, lane: int, what: dict[str, Any]) -> None:
        # Confirmed after its batch was settled: told before the DONE, which has no amount then.
        for t in reversed(self.story.transactions):
            if (t.lane, t.stan, t.source, t.state) == (lane, what["stan"], "STORE", WAITING):
                t.booked = what["amount"]
                return

    def _settled(self, batch: Batch, step: str, what: dict[str, Any], at: int) -> None:
        # What follows a 0500, to the end of the terminal's own upload.
        if step == "answered":
            batch.answered_s = at
            batch.domestic, batch.foreign = what["domestic"], what["foreign"]
        elif step == "terminal-totals":
            batch.at_terminal[what["cards"]] = {name: what[name] for name in TOTALS}
        elif step == "host-totals":
            batch.at_host[what["cards"]] = {name: what[name] for name in TOTALS}
        elif step == "named-by-upload":
            batch.named[what["stan"]] = what["amount"]
        elif step == "upload-ended":
            batch.upload_ended_s = at

    def _near(self, low: int) -> int:
        # The moment with this low half that is nearest to the newest time known.
        if not low:
            return 0
        at = self.story.newest_s // _TURN_S * _TURN_S + low
        return min((at - _TURN_S, at, at + _TURN_S), key=lambda s: abs(s - self.story.newest_s))


def _without_home(rows: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in rows if name != "home"}


def side(t: Transaction) -> int:
    """1 when it is a debit of its terminal, -1 a credit, 0 neither."""
    return books.side(KIND_NAMES.index(t.kind)) if t.kind in KIND_NAMES else 0


def counts(t: Transaction) -> bool:
    """Is it part of what its batch comes to: approved and not taken back, or booked from store?

    A copy of what was booked before adds nothing, and what a person knows to be booked does.
    """
    if t.source == "STORE":
        return t.kind != "reversal" and t.state != REVERSED and t.booked > 0
    return t.state == APPROVED


def since(at: str) -> int:
    """A time as `telling.when` writes it -> seconds since 2020; 0 for none."""
    return since_2020(moment_of(at)) if at else 0
