"""The acquirer's books: every transaction with its state, and the totals of each batch. Pure.

A terminal is named by F41 and F42 together, 23 characters. Amounts are minor units. An approved
transaction counts in its batch, on the debit side (sale, completion, off-line sale) or on the
credit side (void, refund), until it is reversed. A voided sale still counts: its void stands
against it. Everything is kept, whatever its batch.
"""

from tidegate.proto import kinds

APPROVED = "approved"
DECLINED = "declined"
REVERSED = "reversed"

DEBIT_KINDS = (
    kinds.KIND_SALE,
    kinds.KIND_COMPLETION,
    kinds.KIND_COMPLETION_ADVICE,
    kinds.KIND_OFFLINE_SALE,
    kinds.KIND_IC_SALE,
)
CREDIT_KINDS = (
    kinds.KIND_VOID,
    kinds.KIND_REFUND,
    kinds.KIND_COMPLETION_VOID,
    kinds.KIND_IC_REFUND,
)


def side(kind: int) -> int:
    """1 for a debit, -1 for a credit, 0 for what moves no money."""
    return 1 if kind in DEBIT_KINDS else -1 if kind in CREDIT_KINDS else 0


class Totals:
    """Counts and sums of a batch as F48 of a settlement has them, domestic cards then foreign."""

    def __init__(self, values: list[int] | None = None) -> None:
        # debit sum, debit count, credit sum, credit count; the same for foreign cards
        self.values = list(values) if values else [0] * 8

    def add(self, kind: int, amount: int, foreign: bool) -> None:
        """Count one transaction."""
        which = side(kind)
        if which:
            at = (4 if foreign else 0) + (0 if which > 0 else 2)
            self.values[at] += amount
            self.values[at + 1] += 1

    @property
    def debit_sum(self) -> int:
        return self.values[0] + self.values[4]

    @property
    def debit_count(self) -> int:
        return self.values[1] + self.values[5]

    @property
    def credit_sum(self) -> int:
        return self.values[2] + self.values[6]

    @property
    def credit_count(self) -> int:
        return self.values[3] + self.values[7]

    def digits(self, flags: tuple[int, int] = (0, 0)) -> str:
        """The 62 digits of F48. Raises ValueError when a count or a sum is too large for it."""
        v = self.values
        out = ""
        for first in (0, 4):
            out += "%012d%03d%012d%03d%d" % tuple(v[first : first + 4] + [flags[first // 4]])
        if len(out) != 62:
            raise ValueError("totals do not fit field 48")
        return out

    def as_dict(self) -> dict[str, int]:
        return {
            "debit_count": self.debit_count,
            "debit_sum": self.debit_sum,
            "credit_count": self.credit_count,
            "credit_sum": self.credit_sum,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and self.values == other.values

    def __hash__(self) -> int:
        return hash(tuple(self.values))

    def __repr__(self) -> str:
        return "Totals(%r)" % (self.values,)


class Entry:
    """One transaction. `card` is a keyed hash of the card's number, `masked` its first 6, last 4.

    `original` is the number of the entry that this one undoes or completes, `undone` of the one
    that did so to this; 0 without. `note` says why the entry is remarkable.
    """

    FIELDS = (
        "number", "terminal", "batch", "stan", "kind", "amount", "foreign", "masked", "card",
        "state", "code", "rrn", "auth", "settle_date", "at", "original", "undone", "uploaded",
        "note",
    )  # fmt: skip

    def __init__(self) -> None:
        self.number = 0
        self.terminal = ""
        self.batch = 0
        self.stan = 0
        self.kind = 0
        self.amount = 0
        self.foreign = False
        self.masked = ""
        self.card = ""
        self.state = DECLINED
        self.code = ""
        self.rrn = ""
        self.auth = ""
        self.settle_date = ""
        self.at = ""
        self.original = 0
        self.undone = 0
        self.uploaded = False
        self.note = ""

    def as_dict(self) -> dict[str, object]:
        """Everything, with the kind as its name besides its number."""
        out: dict[str, object] = {name: getattr(self, name) for name in self.FIELDS}
        out["kind_name"] = kinds.KIND_NAMES[self.kind]
        return out


class Books:
    """All entries and batches of an acquirer. Handed from one acquirer to its successor, or kept
    as JSON through `as_dict` and `load_dict`, they survive a restart."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.settlements: list[dict] = []  # what each 0500 claimed and what was found
        self.open_batches: dict[str, int] = {}  # terminal -> number of its batch
        self.requests: dict[str, int] = {}  # live request -> how often it came
        self.reversals: dict[str, int] = {}  # reversed transaction -> how often its 0400 came
        self.early_reversals: dict[str, bool] = {}  # answered 25: nothing was known to reverse
        self.keys: dict[str, list[str]] = {}  # terminal -> working keys of its session
        self.settled: dict[str, bool] = {}  # batches whose 0500 was answered
        self.next_rrn = 1
        self._index: dict[str, list[Entry]] = {}

    def add(self, entry: Entry) -> Entry:
        """Book an entry; it gets its number."""
        entry.number = len(self.entries) + 1
        self.entries.append(entry)
        self._index.setdefault(_key(entry.terminal, entry.batch, entry.stan), []).append(entry)
        if self.settled.get("%s:%d" % (entry.terminal, entry.batch)) and entry.state == APPROVED:
            entry.note = (entry.note + " after settlement").strip()
        return entry

    def find(
        self, terminal: str, batch: int, stan: int, wanted: tuple[int, ...] = (), state: str = ""
    ) -> Entry | None:
        """The newest entry with this batch and STAN, of these kinds and in this state if given."""
        for entry in reversed(self._index.get(_key(terminal, batch, stan), [])):
            if (not wanted or entry.kind in wanted) and (not state or entry.state == state):
                return entry
        return None

    def entry(self, number: int) -> Entry:
        return self.entries[number - 1]

    def select(self, terminal: str, batch: int | None = None) -> list[Entry]:
        """Entries of one terminal (F41, or F41 and F42), of one batch if given, oldest first."""
        return [
            e
            for e in self.entries
            if e.terminal.startswith(terminal) and (batch is None or e.batch == batch)
        ]

    def totals(self, terminal: str, batch: int) -> Totals:
        """What the batch adds up to."""
        totals = Totals()
        for entry in self.select(terminal, batch):
            if entry.state == APPROVED:
                totals.add(entry.kind, entry.amount, entry.foreign)
        return totals

    def came_again(self, terminal: str, batch: int, stan: int, kind: int) -> bool:
        """Count a live request; True when it has come before. It is booked all the same."""
        key = "%s:%d" % (_key(terminal, batch, stan), kind)
        self.requests[key] = self.requests.get(key, 0) + 1
        return self.requests[key] > 1

    def findings(self) -> list[str]:
        """What should never be: live requests that came twice, money booked after the settlement
        or after its own reversal. One sentence each."""
        found = []
        for entry in self.entries:
            if entry.note and entry.state == APPROVED:
                found.append(
                    "%s batch %d: %s %06d over %d: %s"
                    % (
                        entry.terminal[:8], entry.batch, kinds.KIND_NAMES[entry.kind],
                        entry.stan, entry.amount, entry.note,
                    )
                )  # fmt: skip
        for key in sorted(self.requests):
            if self.requests[key] > 1:
                terminal, batch, stan, kind = key.rsplit(":", 3)
                found.append(
                    "%s batch %s: %s %06d came %d times"
                    % (
                        terminal[:8], batch, kinds.KIND_NAMES[int(kind)], int(stan),
                        self.requests[key],
                    )
                )  # fmt: skip
        return found

    def batches(self) -> list[tuple[str, int]]:
        """Every terminal and batch that has an entry, sorted."""
        return sorted({(e.terminal, e.batch) for e in self.entries})

    def as_dict(self) -> dict:
        """A JSON object with everything in it."""
        out = {name: getattr(self, name) for name in _PLAIN}
        out["schema"] = 1
        out["entries"] = [{n: getattr(e, n) for n in Entry.FIELDS} for e in self.entries]
        return out

    def load_dict(self, data: dict) -> None:
        """Take over what `as_dict` gave."""
        self.__init__()
        for name in _PLAIN:
            setattr(self, name, data[name])
        settled, self.settled = self.settled, {}
        for row in data["entries"]:
            entry = Entry()
            for name in Entry.FIELDS:
                setattr(entry, name, row[name])
            self.add(entry)
        self.settled = settled


_PLAIN = (
    "settlements", "open_batches", "requests", "reversals", "early_reversals", "keys", "settled",
    "next_rrn",
)  # fmt: skip


def _key(terminal: str, batch: int, stan: int) -> str:
    return "%s:%d:%d" % (terminal, batch, stan)
