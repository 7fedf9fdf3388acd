"""[[limit]]: what a live request may be, each by choice, compiled for `tidegate.core.limits`."""

from typing import Any

from tidegate.core.limits import RULES
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.config.tables import REQUIRED, Table
from tidegate_host.config.windows import AMOUNT_MAX, DAY_S, LIVE_KINDS, kinds_of
from tidegate_host.report.amounts import money

LIMITS_MAX = 16
_COUNTING_MAX = 4  # their sums are part of every CHECKPOINT set
_TERMINALS_MAX = 8

# Rule: what it measures, its code unless the file has another, where its name is used.
# Codes: ISO 8583 field 39 (13 amount, 14 card number, 61 amount limit, 65 frequency limit,
# 94 duplicate).
_CODES = {
    "amount": "61", "count": "65", "sum": "61", "card": "65", "luhn": "14", "repeat": "94",
}  # fmt: skip
_BY_PERIOD = ("count", "sum")
_BY_TIME = ("card", "repeat")


def read(top: Table, windows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compile every [[limit]], in the order of the file: the first one that refuses decides.

    `windows` are the compiled windows, whose names a limit may use.
    """
    compiled: list[dict[str, Any]] = []
    for name, table in top.named("limit", LIMITS_MAX):
        compiled.append({"name": name, **_limit(table, windows)})
        table.end()
    counting = [i for i, one in enumerate(compiled) if RULES[one["rule"]] in _BY_PERIOD]
    if len(counting) > _COUNTING_MAX:
        told = f"there are {len(counting)} limits that count or add up; {_COUNTING_MAX} fit"
        top.mistakes.add(("limit", counting[_COUNTING_MAX]), told)
    return compiled


def _limit(table: Table, windows: list[dict[str, Any]]) -> dict[str, Any]:
    rule = table.choice("rule", REQUIRED, RULES) or "amount"
    window = _window(table, windows)
    per = "day"
    table.only_with("per", rule in _BY_PERIOD, 'the rules "count" and "sum"')
    if rule in _BY_PERIOD:
        per = table.choice("per", "day", ("day", "window")) or "day"
        if per == "window" and window < 0:
            table.wrong("per", 'per is "window" and no window is named: window = "NAME"')
    scope = "terminal"
    table.only_with("scope", rule in (*_BY_PERIOD, *_BY_TIME), "a rule that counts")
    if rule in (*_BY_PERIOD, *_BY_TIME):
        scope = table.choice("scope", "terminal", ("terminal", "bridge")) or "terminal"
    action = table.choice("action", "refuse", ("refuse", "flag"))
    table.only_with("code", action != "flag", 'action = "refuse"')
    return {
        "rule": RULES.index(rule),
        "window": window,
        "per_window": per == "window",
        "bridge": scope == "bridge",
        "terminals": table.terminals("terminals", _TERMINALS_MAX),
        "kinds": kinds_of(table, False),
        "flag": action == "flag",
        "code": table.code("code", _CODES[rule]) if action != "flag" else _CODES[rule],
        "code_min": _code_min(table, rule, action),
        **_measure(table, rule),
    }


def _code_min(table: Table, rule: str, action: str | None) -> str:
    table.only_with("code_min", rule == "amount" and action != "flag", 'the rule "amount"')
    return table.code("code_min", "13") if rule == "amount" and action != "flag" else "13"


def _measure(table: Table, rule: str) -> dict[str, int]:
    """`min` and `max` in the unit of the rule (minor units, or a count), `within_s` in seconds."""
    found = {"min": 0, "max": 0, "within_s": 0}
    table.only_with("max_amount", rule in ("amount", "sum"), 'the rules "amount" and "sum"')
    table.only_with("min_amount", rule == "amount", 'the rule "amount"')
    table.only_with("max_count", rule in ("count", "card"), 'the rules "count" and "card"')
    table.only_with("within_min", rule == "card", 'the rule "card"')
    table.only_with("within_s", rule == "repeat", 'the rule "repeat"')
    if rule == "amount":
        found["min"] = table.integer("min_amount", 1, 1, AMOUNT_MAX)
        found["max"] = table.integer("max_amount", 0, 0, AMOUNT_MAX)
        if 0 < found["max"] < found["min"]:
            table.wrong("max_amount", "max_amount is below min_amount: nothing would be allowed")
    elif rule == "sum":
        found["max"] = table.integer("max_amount", REQUIRED, 1, AMOUNT_MAX)
    elif rule == "count":
        found["max"] = table.integer("max_count", REQUIRED, 1, 100000)
    elif rule == "card":
        found["max"] = table.integer("max_count", REQUIRED, 1, 100)
        found["within_s"] = table.integer("within_min", REQUIRED, 1, 1440) * 60
    elif rule == "repeat":
        found.update(max=1, within_s=table.integer("within_s", REQUIRED, 1, DAY_S))
    return found


def _window(table: Table, windows: list[dict[str, Any]]) -> int:
    # A limit of a window holds there only: the night's limits never touch the day.
    if not table.has("window"):
        table.raw("window", "")
        return -1
    names = [window["name"] for window in windows]
    if not names:
        table.raw("window")
        table.wrong("window", "window names a [[window]], and there is none")
        return -1
    name = table.choice("window", REQUIRED, names)
    return names.index(name) if name in names else -1


def told(limit: dict[str, Any]) -> str:
    """One compiled limit in words, for `config check` and `schedule explain`."""
    rule = RULES[limit["rule"]]
    where = "the bridge" if limit["bridge"] else "each terminal"
    most = money(limit["max"]) if limit["max"] else "any amount"
    period = "a turn of its window" if limit["per_window"] else "a business day"
    said = {
        "amount": f"from {money(limit['min'])} to {most}",
        "count": f"at most {limit['max']} in {period} at {where}",
        "sum": f"at most {most} in {period} at {where}",
        "card": f"a card at most {limit['max']} times in {limit['within_s'] // 60} minutes",
        "luhn": "a typed card number has to have the right check digit",
        "repeat": f"the same card and amount not again within {limit['within_s']} seconds",
    }[rule]
    what = "only marked" if limit["flag"] else f"refused with {limit['code']}"
    kinds = ", ".join(KIND_NAMES[kind] for kind in limit["kinds"] if kind in LIVE_KINDS)
    return f"{said}; otherwise {what} ({kinds})"
