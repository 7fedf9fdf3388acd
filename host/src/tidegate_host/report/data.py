"""What a report shows, as plain data: no widths, no colours, no wording beyond the story's own.

Times `at_ms` count milliseconds from the beginning of the run; fractions only keep the order of
what happened together. `shop` is what the clock in the shop showed. Amounts are integer minor
units (CNY fen), -1 where a message has none. Cards appear masked or not at all.
"""

from dataclasses import asdict, dataclass, field

APPROVED = "approved"  # the acquirer said yes
REFUSED = "refused"  # the acquirer said no
DECLINED = "declined"  # the bridge said no, at once
STORED = "stored"  # the bridge keeps it
REPLAYED = "replayed"  # the bridge brought it from its store
REVERSED = "reversal"  # a reversal that reached the acquirer
UNKNOWN = "unknown"  # written to the acquirer, no answer
PASSED = "passed"  # sign-in, echo, settlement: handed through
SILENT = "silent"  # nobody answered, and nothing was written to the acquirer
OUTCOMES = (APPROVED, REFUSED, DECLINED, STORED, REPLAYED, REVERSED, UNKNOWN, PASSED, SILENT)

TERMINAL, BRIDGE, ACQUIRER = "terminal", "bridge", "acquirer"


@dataclass(frozen=True)
class Step:
    """One chapter of the story: its beginning, a title in both languages, the shop's time."""

    number: int
    at_ms: int
    title: str
    title_zh: str
    shop: str


@dataclass(frozen=True)
class Span:
    """A state that holds from `at_ms` to `until_ms`: line up, down; power on, off; a window."""

    at_ms: int
    until_ms: int
    state: str


@dataclass(frozen=True)
class Message:
    """One message on its way: who sent it, what it is, and how it ended.

    `start` and `end` name the two ends of the way it took: TERMINAL, BRIDGE or ACQUIRER. `code` is
    F39 of the answer, empty when there was none. `stan` is -1 when absent.
    """

    at_ms: float
    terminal: str
    kind: str
    stan: int
    amount: int
    code: str
    outcome: str
    start: str = TERMINAL
    end: str = ACQUIRER
    shop: str = ""
    note: str = ""


@dataclass(frozen=True)
class Depth:
    """The number of messages the bridge keeps, from this moment on."""

    at_ms: float
    count: int


@dataclass(frozen=True)
class Totals:
    """One batch of one terminal as one party has it: counts, and sums in minor units."""

    debit_count: int = 0
    debit_sum: int = 0
    credit_count: int = 0
    credit_sum: int = 0


@dataclass(frozen=True)
class Book:
    """The same batch in three books; None where a party has no such batch at all."""

    terminal: str
    batch: int
    at_terminal: Totals | None
    at_bridge: Totals | None
    at_acquirer: Totals | None

    @property
    def agrees(self) -> bool:
        """True when all three parties have this batch, and with the same totals."""
        return self.at_terminal is not None and (
            self.at_terminal == self.at_bridge == self.at_acquirer
        )


@dataclass(frozen=True)
class Hold:
    """A live request that was refused and may wait: how it stands, and why it was refused."""

    terminal: str
    kind: str
    amount: int
    card: str
    code: str
    shop: str
    state: str


@dataclass(frozen=True)
class Attention:
    """Something a person has to look at."""

    terminal: str
    kind: str
    stan: int
    amount: int
    why: str


@dataclass(frozen=True)
class Line:
    """One sentence of the transcript, in both languages, with the step it belongs to."""

    at_ms: int
    step: int
    shop: str
    text: str
    text_zh: str
    good: bool = True


@dataclass(frozen=True)
class Check:
    """One promise that was tested, and what was found when it did not hold."""

    name: str
    name_zh: str
    passed: bool
    found: str = ""


@dataclass
class Report:
    """Everything one run has to show."""

    title: str
    title_zh: str
    terminals: list[str]
    steps: list[Step] = field(default_factory=list)
    line: list[Span] = field(default_factory=list)
    power: list[Span] = field(default_factory=list)
    windows: list[Span] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    depth: list[Depth] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    transcript: list[Line] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    duration_ms: int = 0
    made_with: str = ""

    @property
    def good(self) -> bool:
        """True when the books agree, nothing waits for a person, and every check passed."""
        return (
            bool(self.books)
            and all(book.agrees for book in self.books)
            and not self.attention
            and all(check.passed for check in self.checks)
        )

    def as_dict(self) -> dict:
        """The report as one JSON-able object; keys are stable under `schema` 1."""
        books = [asdict(book) | {"agrees": book.agrees} for book in self.books]
        return {"schema": 1, "good": self.good} | asdict(self) | {"books": books}
