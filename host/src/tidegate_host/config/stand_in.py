"""[stand_in]: what a bridge may approve for a host that seals nothing, for `config check`, too."""

from typing import Any

from tidegate_host.config.tables import REQUIRED, Table
from tidegate_host.report.amounts import money

# What is approved is lost when the host refuses it later, so none of these has a default.
_AMOUNT_MAX = 100_000_000
_SUM_MAX = 10_000_000_000


def read(top: Table, plain: bool) -> dict[str, Any] | None:
    """Compile [stand_in] for `tidegate.core.stand_in`; None when the table is not there.

    `plain`: a terminal speaks a dialect of plain ISO 8583 with mac = "none", the only one in which
    a bridge without keys can approve (design: a terminal checks the seal of an approval).
    """
    table = top.table("stand_in")
    if not top.has("stand_in"):
        return None
    found = {
        "max_amount": table.integer("max_amount", REQUIRED, 1, _AMOUNT_MAX),
        "max_count": table.integer("max_count", REQUIRED, 1, 1000),
        "max_sum": table.integer("max_sum", REQUIRED, 1, _SUM_MAX),
        "max_age_h": table.integer("max_age_h", 24, 1, 240),
        "reversals": table.flag("reversals", True),
    }
    if table.has("max_sum") and found["max_sum"] < found["max_amount"]:
        table.wrong("max_sum", "max_sum is below max_amount: no sale of that amount would fit")
    if not plain:
        told = (
            '[stand_in] needs a terminal with a dialect such as "iso87": plain ISO 8583 with'
            ' mac = "none"; others check the seal of an approval'
        )
        top.wrong("stand_in", told)
    table.end()
    return found


def told(stand_in: dict[str, Any]) -> str:
    """The compiled [stand_in] in words, for `config check`."""
    own = "reverses what was not answered" if stand_in["reversals"] else "makes no reversals"
    return (
        f"sales up to {money(stand_in['max_amount'])} while the line is down, at most"
        f" {stand_in['max_count']} and {money(stand_in['max_sum'])} that the host has not"
        f" taken, none older than {stand_in['max_age_h']} h; {own}"
    )
