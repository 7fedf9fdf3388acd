"""A journal as it stands in an image: its state after a mount, and its entries one by one.

Nothing is opened: what is sealed stays sealed, and cards are masked as they are in flash. A mount
repairs what a power cut left, so it works on a copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tidegate.journal import records
from tidegate.journal.entry import SLOT_BYTES
from tidegate.journal.log import Journal
from tidegate.journal.records import FLAG_COPY, OPEN, RULES, TYPE_NAMES
from tidegate.journal.seal import NullSealer
from tidegate.journal.sector import SECTOR_BYTES, Footer, Header
from tidegate.journal.walk import Walk
from tidegate_host.ledger.telling import tell
from tidegate_host.world.flash import Flash

_FINDINGS = ("dead", "damaged", "mended", "gaps", "missing", "lost")
_END_SLOT = 127


@dataclass
class Entry:
    """One entry: where it is, what it says. `what` are its fields, masked; `text` is one line."""

    sector: int
    slot: int
    seq: int
    type: str
    lane: int
    item: int
    is_copy: bool
    is_intact: bool
    what: dict[str, Any] = field(default_factory=dict)
    text: str = ""


def verify(region: bytes) -> dict[str, Any]:
    """Mount a copy and say what was found: counts of sectors, damage, gaps and open items.

    `findings` names what should not be (empty when the journal is sound). An entry that a power
    cut left incomplete (`torn`) is no finding. Raises JournalError when there is no journal.
    """
    journal = Journal(Flash(len(region) // SECTOR_BYTES, region), NullSealer())
    counts: dict[str, int] = dict.fromkeys(TYPE_NAMES[1:], 0)
    found: Any = journal.mount(lambda _kind, _seq, _body: None)
    report = found.as_dict()
    total = 0
    for entry in entries(region):
        counts[entry.type] += 1
        total += 1
    lanes = [_lane(journal, lane) for lane in range(8)]
    return {
        "sectors": journal.sectors,
        **report,
        "entries": total,
        "types": {name: count for name, count in counts.items() if count},
        "lanes": [lane for lane in lanes if any(list(lane.values())[1:])],
        "findings": [name for name in _FINDINGS if report[name]],
    }


def _lane(journal: Journal, lane: int) -> dict[str, int]:
    def count(entry_type: int) -> int:
        return sum(1 for _ in journal.items(lane, 1 << entry_type))

    return {
        "lane": lane,
        "reversals": journal.open_count(lane, records.GROUP_REVERSAL),
        "advices": journal.open_count(lane, records.GROUP_ADVICE),
        "attention": count(records.ATTENTION),
        "holds": count(records.HOLD),
    }


def entries(region: bytes) -> Iterator[Entry]:
    """All readable entries, oldest first: the order of the ring."""
    walk = Walk()
    footer = Footer()
    for sector in _in_order(region):
        start = sector * SECTOR_BYTES
        view = memoryview(bytearray(region[start : start + SECTOR_BYTES]))
        last = footer.used if footer.read(view) else _END_SLOT
        for slot in walk.over(view, last):
            at = slot * SLOT_BYTES
            yield _entry(sector, slot, walk, view[at + 16 : at + 16 + walk.head.length])


def _in_order(region: bytes) -> list[int]:
    header = Header()
    found = []
    for sector in range(len(region) // SECTOR_BYTES):
        header.buf[:] = region[sector * SECTOR_BYTES : sector * SECTOR_BYTES + 32]
        if not header.is_marked() and header.is_open():
            found.append((header.epoch, sector, header.age))
    found.sort()
    oldest = found[-1][0] - found[-1][2] if found else 0
    return [sector for epoch, sector, _ in found if epoch >= oldest]


def _entry(sector: int, slot: int, walk: Walk, body: memoryview) -> Entry:
    head = walk.head
    is_open = RULES[head.type] == OPEN
    entry = Entry(
        sector=sector,
        slot=slot,
        seq=head.seq,
        type=TYPE_NAMES[head.type],
        lane=body[4],
        item=records.item_id(body),
        is_copy=is_open and bool(body[7] & FLAG_COPY),
        is_intact=walk.intact,
    )
    if walk.intact:
        entry.what, entry.text = tell(head.type, body)
    else:
        entry.text = "damaged"
    return entry
