"""[settlement] and [arrival]: when a shop settles, and when its money comes."""

from typing import Any

from tidegate_host.config.tables import REQUIRED, Table

_TERMINALS_MAX = 8


def read(table: Table) -> dict[str, Any]:
    """What the board tells about batches that are not settled, for `tidegate.core.reminders`.

    `remind_min` is a minute of the shop's day, -1 for no reminder; `max_age_h` and `max_count`
    are 0 where there is no limit. Terminals hold 300 to 500 transactions of a batch.
    """
    found = {
        "remind_min": table.time("remind_at", "") if table.has("remind_at") else -1,
        "max_age_h": table.integer("max_age_h", 24, 0, 240),
        "max_count": table.integer("max_count", 300, 0, 1000),
        "refuse": table.flag("refuse", False),
        "code": table.code("code", "95"),
    }
    table.raw("remind_at", "")
    if found["refuse"] and not found["max_age_h"] and not found["max_count"]:
        table.wrong("refuse", "refuse needs max_age_h or max_count: when is a batch overdue?")
    table.end()
    return found


def read_by_bridge(table: Table, bare: bool) -> dict[str, Any] | None:
    """Compile the part of [settlement] for `tidegate.core.settling`; None when it is off.

    `at_min` is a minute of the shop's day; `terminals` are the F41 of those that keep no batch of
    their own: only its author knows them. `bare`: a terminal speaks plain ISO 8583 with mac =
    "none" and without TPDU and header.
    """
    table.only_with("by_bridge_for", table.has("by_bridge_at"), "by_bridge_at")
    if not table.has("by_bridge_at"):
        table.raw("by_bridge_at", "")
        return None
    found = {
        "at_min": table.time("by_bridge_at", REQUIRED),
        "terminals": table.terminals("by_bridge_for", _TERMINALS_MAX),
    }
    if not found["terminals"]:
        told = "by_bridge_at needs by_bridge_for: the terminals that keep no batch of their own"
        table.wrong("by_bridge_at", told)
    if not bare:
        told = (
            "by_bridge_at needs a terminal that speaks plain ISO 8583 without TPDU, with"
            ' mac = "none", such as "iso87": the bridge settles for no other'
        )
        table.wrong("by_bridge_at", told)
    return found


def read_arrival(table: Table) -> dict[str, Any]:
    """When the money of a business day is expected: T + `days`, of `working_days` or of any."""
    found = {
        "days": table.integer("days", 1, 0, 30),
        "working_days": table.flag("working_days", True),
    }
    table.end()
    return found
