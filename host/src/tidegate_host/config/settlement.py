"""[settlement] and [arrival]: when a shop settles, and when its money comes."""

from typing import Any

from tidegate_host.config.tables import Table


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


def read_arrival(table: Table) -> dict[str, Any]:
    """When the money of a business day is expected: T + `days`, of `working_days` or of any."""
    found = {
        "days": table.integer("days", 1, 0, 30),
        "working_days": table.flag("working_days", True),
    }
    table.end()
    return found
