"""What is open in a journal: what waits for host or person, what is unanswered, and holds."""

from dataclasses import dataclass, field
from typing import Any

from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.ring import JournalError
from tidegate.journal.seal import NullSealer
from tidegate.journal.sector import SECTOR_BYTES
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.ledger import reading, story
from tidegate_host.ledger.telling import tell, when
from tidegate_host.world.flash import Flash


@dataclass
class Open:
    """What a mount of the journal leaves open, oldest first.

    `waiting` are stored messages (item, terminal, kind, stan, attempted; amount and card where the
    journal tells them in clear, as of a reversal and of what was sent before), `attention` and
    `holds` are entries as `telling` gives them, with item and terminal. Amounts: minor units;
    times: UTC.
    `unanswered` are live requests that were written and have no answer, and are not in attention
    yet. An entry that cannot be read is listed all the same, with "damaged": true.
    """

    waiting: list[dict[str, Any]] = field(default_factory=list)
    attention: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    unanswered: list[dict[str, Any]] = field(default_factory=list)


def open_items(region: bytes) -> Open:
    """Mount a copy of the journal and list what is open. Raises JournalError without a journal."""
    journal = Journal(Flash(len(region) // SECTOR_BYTES, region), NullSealer())
    journal.mount(lambda _kind, _seq, _body: None)
    terminals = _terminals(region)
    told_story = story.read(region)
    known = {t.item: t for t in told_story.transactions}
    found = Open()
    for item in journal.items():
        lane = item.lane
        told = {"item": item.id, "lane": lane, "terminal": terminals.get(lane, "")}
        if item.type == records.STORE:
            if not item.attention:
                clear = known.get(item.id)
                facts = {"amount": clear.amount, "card": clear.card} if clear else {}
                found.waiting.append({**told, **_stored(item), **facts})
        elif item.type == records.HOLD:
            found.holds.append({**told, **_said(item)})
        else:
            found.attention.append({**told, **_said(item)})
    found.unanswered = _unanswered(told_story)
    return found


def _unanswered(told: story.Story) -> list[dict[str, Any]]:
    # Only a lane's newest can be so: the next one sends the one before it to attention.
    newest = {t.lane: t for t in told.transactions if t.source == "SENT"}
    return [
        {"item": t.item, "lane": lane, "terminal": t.terminal, "kind": t.kind, "stan": t.stan,
         "at": when(t.at_s), "amount": t.amount, "card": t.card}
        for lane, t in sorted(newest.items())
        if t.state == story.UNKNOWN and not (t.why or t.decided)
    ]  # fmt: skip


def _terminals(region: bytes) -> dict[int, str]:
    # The newest word counts: a lane can get another terminal.
    lanes = (e for e in reading.entries(region) if e.type == "LANE" and e.is_intact)
    return {entry.lane: entry.what["terminal"] for entry in lanes}


def _stored(item: Any) -> dict[str, Any]:
    return {"kind": _kind(item), "stan": f"{item.stan:06d}", "attempted": item.attempted}


def _said(item: Any) -> dict[str, Any]:
    try:
        what, _ = tell(item.type, item.body())
    except JournalError:
        return {"kind": _kind(item), "stan": f"{item.stan:06d}", "damaged": True}
    return {**what, "damaged": False}


def _kind(item: Any) -> str:
    return KIND_NAMES[item.kind] if item.kind < len(KIND_NAMES) else str(item.kind)
