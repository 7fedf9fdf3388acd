"""From the bridge's log to the messages of the time line.

The log speaks in lanes, kinds, trace numbers and codes, never in amounts; those are looked up by
what the terminals know. Events of one lane come in order, so each message is a few of them in a
row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tidegate.journal import records
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.demo.clock import shop_time
from tidegate_host.demo.watch import Seen
from tidegate_host.report import data

_APPROVALS = ("00", "10", "11", "A2", "A4", "A5", "A6")
_HOW_CODE = {records.HOW_CONFIRMED: "00", records.HOW_REPEAT: "94", records.HOW_NO_ORIGINAL: "25"}

AmountOf = Callable[[str, int], int]  # terminal, trace number -> minor units or -1


def code_text(code: int) -> str:
    """The two characters of a response code that an event carries as an integer; 0 is none."""
    return f"{code >> 8:c}{code & 255:c}" if code else ""


@dataclass
class Trace:
    """The messages and the queue's depth, in the order of the log."""

    messages: list[data.Message] = field(default_factory=list)
    depth: list[data.Depth] = field(default_factory=list)


class Reader:
    """Reads events one by one. `terminals` names the lanes in their order."""

    def __init__(self, terminals: list[str], amount_of: AmountOf) -> None:
        """Begin with an empty trace."""
        self.trace = Trace()
        self._terminals = terminals
        self._amount_of = amount_of
        self._open: dict[tuple[int, str], int] = {}  # (lane, job) -> message that is under way
        self._depth = 0
        self._boot = 0

    def read(self, seen: Seen) -> None:
        """Take one event."""
        if seen.boot != self._boot:
            self._boot = seen.boot
            self._open.clear()  # whoever was waiting has heard nothing
        event = seen.event
        handle = _HANDLERS.get(event.name)
        if handle and event.a < len(self._terminals):
            handle(self, seen, event.a, event.b, event.c)

    # What the handlers do.

    def begin(self, seen: Seen, lane: int, job: str, kind: int, stan: int, **more: str) -> None:
        """A message sets out."""
        terminal = self._terminals[lane]
        self._open[lane, job] = len(self.trace.messages)
        shop = shop_time(seen.event.wall_s)
        amount = self._amount_of(terminal, stan)
        name = KIND_NAMES[kind]
        if name in ("sign-in", "sign-off", "echo", "settlement", "batch-upload", "batch-end"):
            amount = -1
        outcome = more.pop("outcome", data.SILENT)
        self.trace.messages.append(
            data.Message(
                round(seen.at_ms, 3), terminal, name, stan, amount, "", outcome, shop=shop, **more
            )
        )

    def change(self, lane: int, job: str, last: bool = True, **news: str) -> None:
        """What became of the message that is under way."""
        at = self._open.pop((lane, job), None) if last else self._open.get((lane, job))
        if at is not None:
            self.trace.messages[at] = replace(self.trace.messages[at], **news)

    def deeper(self, seen: Seen, by: int) -> None:
        """The queue grew or shrank."""
        self._depth += by
        self.trace.depth.append(data.Depth(round(seen.at_ms, 3), self._depth))


def _live_in(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    r.begin(seen, lane, "live", kind, stan, end=data.BRIDGE)


def _live_sent(r: Reader, _seen: Seen, lane: int, _kind: int, _stan: int) -> None:
    r.change(lane, "live", last=False, outcome=data.UNKNOWN, end=data.ACQUIRER)


def _live_answer(r: Reader, _seen: Seen, lane: int, code: int, _stan: int) -> None:
    text = code_text(code)
    outcome = data.APPROVED if text in _APPROVALS else data.REFUSED
    r.change(lane, "live", code=text, outcome=outcome)


def _live_declined(r: Reader, _seen: Seen, lane: int, code: int, _stan: int) -> None:
    r.change(lane, "live", code=code_text(code), outcome=data.DECLINED)


def _stored(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    r.begin(seen, lane, "store", kind, stan, outcome=data.STORED, end=data.BRIDGE)
    r.deeper(seen, 1)


def _stored_again(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    # The same bytes, or the same message rebuilt by the terminal: the queue does not grow.
    note = "sent again by the terminal, kept once"
    r.begin(seen, lane, "store", kind, stan, outcome=data.STORED, end=data.BRIDGE, note=note)


def _accepted(r: Reader, _seen: Seen, lane: int, code: int, _stan: int) -> None:
    r.change(lane, "store", code=code_text(code))


def _item_sent(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    r.begin(seen, lane, "item", kind, stan, outcome=data.UNKNOWN, start=data.BRIDGE)


def _item_done(r: Reader, seen: Seen, lane: int, how: int, _stan: int) -> None:
    at = r._open.get((lane, "item"))
    if how in _HOW_CODE and at is not None:
        reversal = r.trace.messages[at].kind == "reversal"
        outcome = data.REVERSED if reversal else data.REPLAYED
        code = _HOW_CODE[how]
        r.change(lane, "item", code=code, outcome=outcome)
        # A terminal that waited for it got the host's own answer.
        r.change(lane, "store", code=code)
    r.deeper(seen, -1)


def _item_again(r: Reader, _seen: Seen, lane: int, code: int, _stan: int) -> None:
    outcome = data.REFUSED if code else data.UNKNOWN
    r.change(lane, "item", code=code_text(code), outcome=outcome, note="the bridge tries again")


def _passed(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    r.begin(seen, lane, "pass", kind, stan, outcome=data.UNKNOWN)


def _session_answer(r: Reader, _seen: Seen, lane: int, _kind: int, code: int) -> None:
    r.change(lane, "pass", code=code_text(max(code, 0)), outcome=data.PASSED)


def _session_refused(r: Reader, seen: Seen, lane: int, kind: int, stan: int) -> None:
    if (lane, "pass") in r._open:
        r.change(lane, "pass")  # it was written, and the line went
        return
    r.begin(seen, lane, "pass", kind, stan, outcome=data.SILENT, end=data.BRIDGE)


_HANDLERS = {
    "live-in": _live_in,
    "live-sent": _live_sent,
    "live-answer": _live_answer,
    "live-declined": _live_declined,
    "stored": _stored,
    "stored-again": _stored_again,
    "replaced": _stored_again,
    "accepted": _accepted,
    "item-sent": _item_sent,
    "item-done": _item_done,
    "item-again": _item_again,
    "session-passed": _passed,
    "other-passed": _passed,
    "session-answer": _session_answer,
    "session-refused": _session_refused,
}


def read_all(seen: list[Seen], terminals: list[str], amount_of: AmountOf) -> Trace:
    """The trace of a whole log."""
    reader = Reader(terminals, amount_of)
    for each in seen:
        reader.read(each)
    return reader.trace
