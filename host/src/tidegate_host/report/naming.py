"""One line that names a transaction in a list: item, time, terminal, kind, trace, amount."""

from typing import Any

from tidegate_host.report import codes
from tidegate_host.report.amounts import money


def line(item: dict[str, Any]) -> str:
    """What is known of `item` (fields as `ledger.telling` gives them); the amount with two digits.

    >>> line({"item": 7, "lane": 0, "terminal": "T1", "kind": "sale", "stan": "000041"})
    '#7  T1  sale 消费  trace 000041'
    """
    name, chinese = codes.KINDS.get(item["kind"], (item["kind"], ""))
    amount = item.get("amount")
    facts = [
        f"#{item['item']}",
        item.get("at", ""),
        item["terminal"] or f"lane {item['lane']}",
        f"{name} {chinese}".strip(),
        f"trace {item['stan']}",
        money(amount) if amount else "",
        item.get("card", ""),
    ]
    return "  ".join(fact for fact in facts if fact)
