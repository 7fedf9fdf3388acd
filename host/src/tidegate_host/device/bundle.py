"""A zip for support: what the doctor saw and what happened, without what nobody needs to see.

In it are no card numbers (not even masked), no stored frames, no keys, no merchant numbers.
"""

import io
import json
import zipfile
from typing import Any

from tidegate_host.ledger import reading

_README = """\
Made by tidegate doctor --bundle.

doctor.json   every check, with its verdict
status.json   lanes, books, connections, tasks
facts.json    memory, partitions, network
config.json   the compiled configuration
journal.txt   the entries of the journal, oldest first
events.txt    the log since the console was opened

Left out: card numbers, stored messages, keys, network names and addresses of the board, merchant
numbers (all but their last four characters).
"""
_HIDDEN = ("card", "rrn", "merchant")
_MID_AT = 8  # a terminal's name is F41 and F42


def write(
    findings: list[dict[str, Any]],
    status: dict[str, Any],
    facts: dict[str, Any],
    config: dict[str, Any] | None,
    region: bytes | None,
    events: list[str],
) -> bytes:
    """-> the bytes of the zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README)
        archive.writestr("doctor.json", _json(findings))
        archive.writestr("status.json", _json(_status(status)))
        archive.writestr("facts.json", _json({**facts, "network": _kinds(facts)}))
        archive.writestr("config.json", _json(_config(config)))
        archive.writestr("journal.txt", _journal(region))
        archive.writestr("events.txt", "\n".join(events) + "\n")
    return data.getvalue()


def _json(what: Any) -> str:
    return json.dumps(what, indent=1, ensure_ascii=False)


def _kinds(facts: dict[str, Any]) -> list[Any]:
    return [[row[0], row[1]] for row in facts.get("network", [])]


def hidden(number: str) -> str:
    """A merchant number with all but its last four characters covered."""
    return "*" * max(len(number) - 4, 0) + number[-4:]


def _status(status: dict[str, Any]) -> dict[str, Any]:
    lanes = [
        {**lane, "terminals": [n[:_MID_AT] + hidden(n[_MID_AT:]) for n in lane["terminals"]]}
        for lane in status.get("lanes", [])
    ]
    return {**status, "lanes": lanes}


def _config(config: dict[str, Any] | None) -> Any:
    if config is None:
        return None
    lanes = [[[tid, hidden(mid)] for tid, mid in lane] for lane in config["lanes"]]
    return {**config, "lanes": lanes}


def _journal(region: bytes | None) -> str:
    if region is None:
        return "not read\n"
    rows = []
    for entry in reading.entries(region):
        what = {key: value for key, value in entry.what.items() if key not in _HIDDEN}
        told = "  ".join(f"{k} {v}" for k, v in what.items() if v not in ("", None))
        rows.append(f"{entry.seq:>9} {entry.type:<10} {entry.lane:>3} {entry.item:>8} {told}")
    return "\n".join(rows) + "\n"
