"""What the bridge knows at the end, read from its flash image: its books, holds and open items.

The image is copied first; the bridge's own code then mounts the copy and folds its entries, as a
start of the bridge would. Nothing is taken from what we saw while the story ran.
"""

from dataclasses import dataclass, field
from pathlib import Path

from tidegate.core.ledger import Ledger
from tidegate.core.schedule import REASON_CAP, REASON_FREE
from tidegate.journal import bodies, records
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate.journal.walk import Walk
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.demo.clock import shop_time
from tidegate_host.demo.trace import code_text
from tidegate_host.report import data
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import SECTOR_BYTES, Flash

_LANES = 8
_LAST_SLOT = 127
_WAITS = "may come back 可再来"
_CLOSED = {
    records.HOW_SUCCEEDED: "paid later 已付款",
    records.HOW_EXPIRED: "expired 已过期",
    records.HOW_PERSON: "settled by a person 人工处理",
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
    damaged: int = 0  # places of the journal that could not be read


def read(flash: Path, keys: Path) -> BridgeEvidence:
    """Read both images. Raises ValueError (JournalError) when they are no journal and keys."""
    store = KeyStore(_flash(keys))
    store.load()
    image = _flash(flash)
    holds, closed = _history(image)
    journal = Journal(image, store.sealers(Cipher()))
    ledger = Ledger(_LANES)
    report = journal.mount(ledger.apply)
    found = BridgeEvidence(damaged=report.damaged + report.lost, waiting=journal.open_count(-1))
    lanes = {lane: name[:8].decode().strip() for name, lane, _ in ledger.names}
    found.terminals = [lanes.get(lane, "") for lane in range(len(lanes))]
    for lane, name in lanes.items():
        kept = ledger.lanes[lane]
        for books in (kept.settled, kept.books):
            if books.batch and (books is kept.settled or _moved(books)):
                found.books[name, books.batch] = data.Totals(
                    books.debit_count, books.debit_sum, books.credit_count, books.credit_sum
                )
        found.settle_flags[name] = kept.settle_flags
    found.holds = [_hold(values, closed, lanes) for _, values in sorted(holds.items())]
    for item in journal.items(-1, 1 << records.ATTENTION):
        found.attention.append(_attention(bodies.get(records.ATTENTION, item.body()), lanes))
    return found


def _flash(path: Path) -> Flash:
    image = path.read_bytes()
    return Flash(len(image) // SECTOR_BYTES, image)


def _history(image: Flash) -> tuple[dict[int, tuple], dict[int, int]]:
    # Every hold that is still in the ring, and how items were closed: a mount needs to look no
    # further back than the newest checkpoint.
    holds, closed = {}, {}
    walk = Walk()
    for start in range(0, len(image.data), SECTOR_BYTES):
        view = memoryview(image.data)[start : start + SECTOR_BYTES]
        for slot in walk.over(view, _LAST_SLOT):
            if not walk.intact:
                continue
            body = view[slot * 32 + 16 : slot * 32 + 16 + walk.head.length]
            if walk.head.type == records.HOLD:
                holds[records.item_id(body)] = bodies.get(records.HOLD, body)
            elif walk.head.type == records.DONE:
                done = records.get_done(body)
                closed[done[0]] = done[2]
    return holds, closed


def _moved(books) -> bool:
    return bool(books.debit_count or books.credit_count)


def _hold(values: tuple, closed: dict[int, int], lanes: dict[int, str]) -> data.Hold:
    item_id, lane, kind = values[:3]
    amount = bodies.join(values[7], values[8])
    why, code, window, wall = values[10:14]
    if why == REASON_CAP:
        reason = "above the cap 超限额"
    elif window or why != REASON_FREE:
        reason = "closed 停业"
    else:
        reason = "line down 断线"
    state = _CLOSED.get(closed[item_id], "closed") if item_id in closed else _WAITS
    return data.Hold(
        lanes.get(lane, ""),
        KIND_NAMES[kind],
        amount,
        _masked(values[9]),
        f"{code_text(code)} {reason}",
        shop_time(wall),
        state,
    )


def _attention(values: tuple, lanes: dict[int, str]) -> data.Attention:
    lane, kind, stan, why = values[1], values[2], values[6], values[7]
    amount = bodies.join(values[10], values[11])
    name = lanes.get(lane, "")
    return data.Attention(name, KIND_NAMES[kind], stan, amount, records.WHY_NAMES[why])


def _masked(packed: bytes) -> str:
    # First six and last four digits, and how long the number is.
    digits = bytes(packed[:5]).hex()
    return f"{digits[:6]}{'*' * max(packed[5] - 10, 0)}{digits[6:]}" if packed[5] else ""
