"""What a terminal remembers through a power cut: its batch, its reversal slot, its keys. Pure.

The state of a transaction:
  approved   the host said yes               declined   the host, or somebody before it, said no
  unknown    no usable answer: to reverse    reversed   its reversal was confirmed
  dropped    its reversal was given up       waiting    off-line, not uploaded yet
  confirmed  off-line, the host has it       failed     off-line, refused or tried too often
"""

from tidegate.proto import kinds
from tidegate_host.ledger.schemes import is_foreign
from tidegate_host.standins.books import Totals, side
from tidegate_host.standins.cards import Card

APPROVED = "approved"
DECLINED = "declined"
UNKNOWN = "unknown"
REVERSED = "reversed"
DROPPED = "dropped"
WAITING = "waiting"
CONFIRMED = "confirmed"
FAILED = "failed"
# What the terminal adds up. An off-line sale happened, whatever became of its upload.
COUNTED = (APPROVED, WAITING, CONFIRMED, FAILED)

STAN_MAX = 999_999


class Record:
    """One transaction of the terminal. `original` and `undone` are STANs, 0 without; `fields` is
    the message as it is to be sent again (advices)."""

    FIELDS = (
        "stan", "batch", "kind", "amount", "state", "code", "reason", "rrn", "auth", "card",
        "fields", "attempts", "original", "undone", "uploaded", "date",
    )  # fmt: skip

    def __init__(self) -> None:
        self.stan = 0
        self.batch = 0
        self.kind = 0
        self.amount = 0
        self.state = UNKNOWN
        self.code = ""
        self.reason = ""
        self.rrn = ""
        self.auth = ""
        self.card: dict[str, str] = {}
        self.fields: dict[int, str] = {}
        self.attempts = 0
        self.original = 0
        self.undone = 0
        self.uploaded = False
        self.date = ""

    @property
    def foreign(self) -> bool:
        return is_foreign(self.card.get("pan", ""))

    def the_card(self) -> Card:
        return Card(**self.card)

    def as_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.FIELDS}

    @staticmethod
    def from_dict(data: dict) -> "Record":
        record = Record()
        for name in Record.FIELDS:
            setattr(record, name, data[name])
        record.fields = {int(n): text for n, text in data["fields"].items()}
        return record


class Tape:
    """The whole memory. `slot` holds the one reversal that is due: {stan, kind, amount, fields,
    reason, attempts}; `closing` is set from the answered 0500 to the end of the batch upload:
    {balanced, flags}."""

    def __init__(self) -> None:
        self.batch = 1
        self.next_stan = 1
        self.signed_in = False
        self.keys: dict[str, str] = {}  # pin and mac, hexadecimal
        self.records: list[Record] = []
        self.slot: dict = {}
        self.dropped: list[dict] = []  # reversals that were given up: phone the bank
        self.closing: dict = {}
        self.closed: list[dict] = []  # what became of earlier batches
        self.counter = 0  # application transaction counter of the cards

    def draw_stan(self) -> int:
        """The next trace number; it starts again behind 999999."""
        stan = self.next_stan
        self.next_stan = stan % STAN_MAX + 1
        return stan

    def find(self, stan: int, states: tuple[str, ...] = ()) -> Record | None:
        """A transaction of this batch, the newest with this number."""
        for record in reversed(self.records):
            if record.stan == stan and (not states or record.state in states):
                return record
        return None

    def find_anywhere(self, stan: int) -> Record | None:
        """As `find`, earlier batches too: what a refund may be about."""
        record = self.find(stan)
        if record is None:
            for batch in reversed(self.closed):
                for row in reversed(batch["records"]):
                    if row["stan"] == stan:
                        return Record.from_dict(row)
        return record

    def waiting(self) -> list[Record]:
        """Off-line transactions to upload: the fewest attempts first, then the oldest."""
        rows = [r for r in self.records if r.state == WAITING]
        return sorted(rows, key=lambda r: (r.attempts, self.records.index(r)))

    def totals(self) -> Totals:
        """What the batch adds up to, as the terminal counts it."""
        totals = Totals()
        for record in self.counted():
            totals.add(record.kind, record.amount, record.foreign)
        return totals

    def counted(self) -> list[Record]:
        """The transactions that move money."""
        return [r for r in self.records if r.state in COUNTED and side(r.kind)]

    def close_batch(self, summary: dict) -> None:
        """Put the batch away and begin the next."""
        rows = [record.as_dict() for record in self.records]
        summary["batch"] = self.batch
        summary["records"] = rows
        self.closed.append(summary)
        self.records = []
        self.closing = {}
        self.batch = self.batch % STAN_MAX + 1

    def as_dict(self) -> dict:
        out = {name: getattr(self, name) for name in _PLAIN}
        out["schema"] = 1
        out["records"] = [record.as_dict() for record in self.records]
        return out

    @staticmethod
    def from_dict(data: dict) -> "Tape":
        tape = Tape()
        for name in _PLAIN:
            setattr(tape, name, data[name])
        if tape.slot:
            tape.slot["fields"] = {int(n): text for n, text in tape.slot["fields"].items()}
        tape.records = [Record.from_dict(row) for row in data["records"]]
        return tape


def is_advice(record: Record) -> bool:
    """Whether it was made off-line and is uploaded later."""
    return record.kind in (kinds.KIND_OFFLINE_SALE, kinds.KIND_IC_SALE, kinds.KIND_ADJUST)


_PLAIN = (
    "batch", "next_stan", "signed_in", "keys", "slot", "dropped", "closing", "closed", "counter",
)  # fmt: skip
