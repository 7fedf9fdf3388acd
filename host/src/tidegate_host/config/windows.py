"""[[window]]: the rules of the trading hours, each by itself. `hours` looks at them together."""

import datetime
import re

from tidegate.core import schedule
from tidegate.proto.kinds import CLS_LIVE, KIND_NAMES, KIND_PREAUTH, KIND_PREAUTH_ADD, class_of
from tidegate_host.config.clock import date_number
from tidegate_host.config.tables import REQUIRED, Table

AMOUNT_MAX = 999_999_999_999  # twelve digits of field 4, minor units
LIVE_KINDS = [kind for kind in range(len(KIND_NAMES)) if class_of(kind) == CLS_LIVE]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_WANTED = '"mon-sun", "sat,sun" or "holidays"'
_DEFAULT_KINDS = ("sale", "preauth")  # never voids, refunds and completions unless told to
_ALLOWING = ("allow", "next-day", "night-channel")
DAY_S = 86400
_WINDOWS_MAX = 32


def read(
    top: Table,
    routes: list[str],
    decline: dict[str, str],
    holidays: list[int],
    night_on: bool | None,
) -> list[dict]:
    """Compile every [[window]], in the order of the file.

    `routes` are the names of the routes, `decline` the default codes, `night_on` whether the
    merchant switched the night channel on (None: the file does not say).
    """
    compiled = []
    for name, table in top.named("window", _WINDOWS_MAX):
        compiled.append({"name": name, **_window(table, routes, decline, holidays, night_on)})
        table.end()
    return compiled


def _window(
    table: Table,
    routes: list[str],
    decline: dict[str, str],
    holidays: list[int],
    night_on: bool | None,
) -> dict:
    action = table.choice("action", REQUIRED, schedule.ACTIONS)
    start = table.time("from", REQUIRED)
    end = table.time("to", REQUIRED, midnight_ends=True)
    if start == end and table.has("from") and table.has("to"):
        table.wrong("to", 'from and to are the same; a whole day is from "00:00" to "24:00"')
    code = decline["maintenance" if action == "maintenance" else "window"]
    table.only_with("code", action not in ("allow", "next-day"), "an action that declines")
    table.only_with("max_amount", action in (*_ALLOWING, None), "an action that allows")
    table.only_with("route", action in ("night-channel", None), "night-channel")
    window = {
        "from_min": start,
        "to_min": end,
        "action": schedule.ACTIONS.index(action or "allow"),
        "code": table.code("code", code) if action not in ("allow", "next-day") else "",
        "kinds": kinds_of(table, action == "maintenance"),
        "max_amount": table.integer("max_amount", 0, 1, AMOUNT_MAX)
        if table.has("max_amount")
        else 0,
        "route": 0,
        **_days(table, holidays),
    }
    if action == "night-channel":
        _night_channel(table, window, routes, night_on)
    return window


def _night_channel(table: Table, window: dict, routes: list[str], night_on: bool | None) -> None:
    if not table.has("route") and "night" not in routes:
        told = 'the night channel needs a [[route]] "night", or route = "NAME" of another'
        table.mistakes.add(table.path, told)
    name = table.choice("route", "night" if "night" in routes else routes[0], routes)
    if name == routes[0] and table.has("route"):
        told = f'route "{name}" is the ordinary one; the night channel needs one of its own'
        table.wrong("route", told)
    elif name is not None:
        window["route"] = routes.index(name)
    if night_on is None:
        table.wrong(
            "action",
            "the merchant decides on the night channel: say so with [night_channel] enabled ="
            " true; with false this window declines",
        )
    elif not night_on:
        window.update(action=schedule.DECLINE, max_amount=0, route=0)
    if window["action"] == schedule.NIGHT_CHANNEL:
        window["code"] = ""


def kinds_of(table: Table, everything: bool) -> list[int]:
    """The live kinds that `kinds` names, as numbers; by default sales and pre-authorisations."""
    value = table.raw("kinds", "all" if everything else list(_DEFAULT_KINDS))
    if value == "all":
        return LIVE_KINDS
    if not isinstance(value, list) or not value:
        table.wrong("kinds", 'kinds is a list such as ["sale", "preauth"], or "all"')
        return LIVE_KINDS
    names = [KIND_NAMES[kind] for kind in LIVE_KINDS]
    found = set()
    for i, name in enumerate(value):
        if name in names:
            found.add(KIND_NAMES.index(name))
        elif name in KIND_NAMES[1:]:
            told = f'"{name}" passes in every window; a window can name {", ".join(names)}'
            table.mistakes.add((*table.path, "kinds", i), told)
        else:
            told = f'"{name}" is no kind; allowed are {", ".join(names)}, or "all" for the list'
            table.mistakes.add((*table.path, "kinds", i), told)
    if KIND_PREAUTH in found:
        found.add(KIND_PREAUTH_ADD)
    return sorted(found)


def _days(table: Table, holidays: list[int]) -> dict:
    if table.has("days") and table.has("dates"):
        table.wrong("dates", "days and dates are both given; a window has one of them")
    if table.has("dates"):
        table.raw("days", "")
        return {"dates": _dates(table)}
    table.raw("dates", [])
    value = table.raw("days", "mon-sun")
    if value == "holidays":
        if not holidays:
            table.wrong("days", 'days is "holidays" and [clock] has no holidays with dates')
        return {"dates": holidays}
    mask = 0
    for part in value.split(",") if isinstance(value, str) else [""]:
        ends = re.fullmatch(rf"\s*({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))?\s*", part)
        if ends is None:
            shown = value if isinstance(value, str) else "not a text"
            table.wrong("days", f'days is "{shown}"; allowed is {_DAYS_WANTED}')
            return {"days": 127}
        day, last = _DAYS.index(ends[1]), _DAYS.index(ends[2] or ends[1])
        mask |= 1 << day
        while day != last:
            day = (day + 1) % 7  # "sat-mon" goes around the end of the week
            mask |= 1 << day
    return {"days": mask}


def _dates(table: Table) -> list[int]:
    value = table.raw("dates")
    found = set()
    if not isinstance(value, list) or not value:
        table.wrong("dates", 'dates is a list such as ["2027-02-16"]')
        return []
    for i, one in enumerate(value):
        try:
            day = one if type(one) is datetime.date else datetime.date.fromisoformat(one)
        except (TypeError, ValueError):
            told = f'"{one}" is no date; allowed is a day of the calendar such as 2027-02-16'
            table.mistakes.add((*table.path, "dates", i), told)
            continue
        if date_number(day) in found:
            table.mistakes.add((*table.path, "dates", i), f"{day} is there twice")
        found.add(date_number(day))
    return sorted(found)
