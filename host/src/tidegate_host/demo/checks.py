"""What the demo promises, looked at from outside: each check says what it found when it fails."""

from collections import Counter
from collections.abc import Iterator

from tidegate.proto.kinds import KIND_OFFLINE_SALE
from tidegate_host.demo.books import records_of
from tidegate_host.demo.evidence import BridgeEvidence
from tidegate_host.demo.stage import Stage
from tidegate_host.demo.watch import Seen
from tidegate_host.report import data
from tidegate_host.standins.messages import IN, Logged
from tidegate_host.standins.tape import CONFIRMED

_AT_ONCE_MS = 1000  # of our own time
_FAILURES = (
    "task-died", "task-stuck", "journal-bad", "journal-failed", "keys-bad", "config-bad", "stray",
    "bad-frame", "bad-host-frame", "store-refused",
)  # fmt: skip

Findings = Iterator[str]


def all_of(
    stage: Stage, bridge: BridgeEvidence, books: list[data.Book], advices: int
) -> list[data.Check]:
    """Every check but the one for card data; `advices` is how many were made."""
    seen = stage.watch.seen
    heard = stage.acquirer.log.entries()
    findings = (
        ("The three books agree", "三方账目一致", _books(books)),
        ("The acquirer's settlement balances", "批结算平账", _settled(stage, bridge)),
        ("Nothing is left in the queue or for a person", "无积压、无待处理", _left(bridge)),
        ("Reversals arrived before anything else", "冲正先到", _reversal_first(stage, heard)),
        ("Every advice arrived, in order", "离线通知按序送达", _advices(stage, heard, advices)),
        ("Nothing was booked twice", "无重复入账", _twice(stage)),
        ("No sale was written twice", "同一消费仅发送一次", _written_twice(seen)),
        ("Without a line a sale was declined at once", "断线时当场拒绝", _at_once(seen)),
        ("The firmware had no failure", "固件无异常", _failures(seen, bridge)),
    )  # fmt: skip
    return [_check(*row) for row in findings]


def _check(name: str, chinese: str, findings: Findings) -> data.Check:
    found = "; ".join(findings)
    return data.Check(name, chinese, not found, found)


def _books(books: list[data.Book]) -> Findings:
    if not books:
        yield "there are no books"
    for book in books:
        if not book.agrees:
            yield f"terminal {book.terminal}, batch {book.batch:06d} differs"


def _settled(stage: Stage, bridge: BridgeEvidence) -> Findings:
    settlements = stage.acquirer.books()["settlements"]
    done = {row["terminal"][:8] for row in settlements if row["balanced"] and row["closed"]}
    for terminal in (stage.t1.tid, stage.t2.tid):
        if terminal not in done:
            yield f"{terminal} has no balanced settlement"
        if bridge.settle_flags.get(terminal) != 0x0101:
            yield f"the bridge has no balanced settlement of {terminal} in its journal"


def _left(bridge: BridgeEvidence) -> Findings:
    if bridge.waiting:
        yield f"{bridge.waiting} stored messages wait"
    if bridge.attention:
        yield f"{len(bridge.attention)} items wait for a person"


def _incoming(heard: list[Logged], since: int = 0) -> list[Logged]:
    return [entry for entry in heard if entry.direction == IN and entry.number > since]


def _reversal_first(stage: Stage, heard: list[Logged]) -> Findings:
    after = _incoming(heard, stage.heard_when_back)
    for terminal in (stage.t1.tid, stage.t2.tid):
        kinds = [entry.kind for entry in after if entry.terminal == terminal]
        if "reversal" not in kinds:
            yield f"no reversal of {terminal} arrived"
            continue
        last = len(kinds) - 1 - kinds[::-1].index("reversal")
        if any(kind != "reversal" for kind in kinds[:last]):
            yield f"something of {terminal} arrived before its reversal"


def _advices(stage: Stage, heard: list[Logged], count: int) -> Findings:
    made = [row for row in records_of(stage.t2) if row["kind"] == KIND_OFFLINE_SALE]
    if len(made) != count or any(row["state"] != CONFIRMED for row in made):
        yield f"the terminal has {len(made)} advices, not all confirmed"
    booked = {e.stan for e in stage.acquirer.entries(stage.t2.tid) if e.state == "approved"}
    lost = [row["stan"] for row in made if row["stan"] not in booked]
    if lost:
        yield f"{len(lost)} advices are not in the acquirer's books"
    stored = [
        s.event.c for s in stage.watch.seen
        if s.event.name == "stored" and s.event.b == KIND_OFFLINE_SALE
    ]  # fmt: skip
    arrived = [e.stan for e in _incoming(heard) if e.kind == "offline-sale"]
    if list(dict.fromkeys(arrived)) != list(dict.fromkeys(stored)):
        yield "they arrived in another order than they were stored"


def _twice(stage: Stage) -> Findings:
    yield from stage.acquirer.books()["findings"]
    times = Counter(
        (entry.terminal, entry.batch, entry.stan)
        for entry in stage.acquirer.entries()
        if entry.state == "approved"
    )
    for (terminal, _, stan), count in sorted(times.items()):
        if count > 1:
            yield f"{terminal[:8]} {stan:06d} is booked {count} times"


def _written_twice(seen: list[Seen]) -> Findings:
    times = Counter((s.event.a, s.event.c) for s in seen if s.event.name == "live-sent")
    for (lane, stan), count in sorted(times.items()):
        if count > 1:
            yield f"trace {stan:06d} of lane {lane} was written {count} times"


def _at_once(seen: list[Seen]) -> Findings:
    came: dict[tuple[int, int], float] = {}
    for s in seen:
        if s.event.name == "live-in":
            came[s.event.a, s.event.c] = s.at_ms
        elif s.event.name == "live-declined":
            took_ms = s.at_ms - came[s.event.a, s.event.c]
            if took_ms > _AT_ONCE_MS:
                yield f"trace {s.event.c:06d} waited {took_ms:.0f} ms for its refusal"


def _failures(seen: list[Seen], bridge: BridgeEvidence) -> Findings:
    for name, count in sorted(Counter(s.event.name for s in seen).items()):
        if name in _FAILURES:
            yield f"{name}: {count}"
    for finding in bridge.findings:
        yield f"the journal has {finding} entries"
