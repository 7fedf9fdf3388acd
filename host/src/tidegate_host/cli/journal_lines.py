"""An entry of a journal as one line: for people, and as JSON."""

import json

from tidegate_host.cli.common import SCHEMA
from tidegate_host.ledger.reading import Entry


def as_text(entry: Entry) -> str:
    """Sequence, type, lane, item and what it says."""
    lane = "-" if entry.lane > 7 else str(entry.lane)
    mark = "copy" if entry.is_copy else ""
    line = f"{entry.seq:>9} {entry.type:<10} {lane} {entry.item or '-':>8} {mark:<4} {entry.text}"
    return line.rstrip()


def as_json_line(entry: Entry) -> str:
    """The same as one JSON object."""
    told = {
        "schema": SCHEMA, "seq": entry.seq, "type": entry.type, "lane": entry.lane,
        "item": entry.item, "copy": entry.is_copy, "intact": entry.is_intact, **entry.what,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)
