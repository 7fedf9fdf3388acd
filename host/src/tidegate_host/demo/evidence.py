"""What the bridge knows at the end, read from its flash image: its books, holds and open items.

The bridge's own code mounts a copy and folds its entries, as a start of the bridge would. Nothing
is taken from what we saw while the story ran, and nothing that is sealed is opened.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tidegate.core.books import Books
from tidegate.core.ledger import Ledger
from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.seal import NullSealer
from tidegate_host.demo.clock import SHANGHAI
from tidegate_host.ledger import reading
from tidegate_host.ledger.region import read_region
from tidegate_host.ledger.telling import tell
from tidegate_host.report import data
from tidegate_host.world.flash import SECTOR_BYTES, Flash

_LANES = 8
_WAITS = "may come back 可再来"
_CLOSED = {
    "succeeded": "paid later 已付款",
    "expired": "expired 已过期",
    "person": "settled by a person 人工处理",
}
# By the code with which the bridge of the demo declines.
_REASONS = {
    "91": "line down 断线",
    "96": "busy 繁忙",
    "90": "acquirer away 收单方维护",
    "58": "closed 停业",
    "61": "above the cap 超限额",
}


@dataclass
class BridgeEvidence:
    """What the flash image says. Terminals are named by F41."""

    terminals: list[str] = field(default_factory=list)  # by lane
    books: dict[tuple[str, int], data.Totals] = field(default_factory=dict)
    settle_flags: dict[str, int] = field(default_factory=dict)  # of the last 0510, both digits
    holds: list[data.Hold] = field(default_factory=list)
    attention: list[data.Attention] = field(default_factory=list)
    waiting: int = 0  # stored messages that the acquirer does not have
    findings: list[str] = field(default_factory=list)  # damage of the journal


def read(flash: Path) -> BridgeEvidence:
    """Read a flash image. Raises ValueError (RegionError, JournalError) when it is no journal."""
    region = read_region(flash)
    ledger = Ledger(_LANES)
    journal = Journal(Flash(len(region) // SECTOR_BYTES, region), NullSealer())
    journal.mount(ledger.apply)
    lanes = {lane: name[:8].decode().strip() for name, lane, _ in ledger.names}
    found = BridgeEvidence(
        terminals=[lanes.get(lane, "") for lane in range(len(lanes))],
        waiting=journal.open_count(-1),
        findings=reading.verify(region)["findings"],
    )
    for lane, name in lanes.items():
        kept = ledger.lanes[lane]
        found.settle_flags[name] = kept.settle_flags
        for books in (kept.settled, kept.books):
            if books.debit_count or books.credit_count:
                found.books[name, books.batch] = _totals(books)
    found.holds = _holds(region, lanes)
    for item in journal.items(-1, 1 << records.ATTENTION):
        what, _ = tell(records.ATTENTION, item.body())
        terminal, stan = lanes.get(item.lane, ""), int(what["stan"])
        found.attention.append(
            data.Attention(terminal, what["kind"], stan, what["amount"], what["why"])
        )
    return found


def _totals(books: Books) -> data.Totals:
    return data.Totals(
        books.debit_count, books.debit_sum, books.credit_count, books.credit_sum
    )  # fmt: skip


def _holds(region: bytes, lanes: dict[int, str]) -> list[data.Hold]:
    # All that are still in the ring, the closed ones too, and how they were closed.
    entries = [e for e in reading.entries(region) if e.is_intact and not e.is_copy]
    closed = {e.item: e.what["how"] for e in entries if e.type == "DONE"}
    holds = []
    for entry in entries:
        if entry.type == "HOLD":
            what = entry.what
            at = datetime.fromisoformat(what["at"]).astimezone(SHANGHAI)
            state = _CLOSED.get(closed[entry.item], "") if entry.item in closed else _WAITS
            why = f"{what['code']} {_REASONS.get(what['code'], '')}".strip()
            holds.append(
                data.Hold(
                    lanes.get(entry.lane, ""), what["kind"], what["amount"], what["card"],
                    why, f"{at:%H:%M}", state,
                )
            )  # fmt: skip
    return holds
