"""What the trading hours say about one request at one moment, with every reason.

The board's own code decides here; this only puts its numbers into words.
"""

import datetime
import re
from typing import Any

from tidegate.core import schedule
from tidegate.core.limits import RULES
from tidegate.core.schedule import Schedule
from tidegate.proto.kinds import CLS_LIVE, CLS_STORABLE, KIND_NAMES, class_of
from tidegate_host.config import limits
from tidegate_host.config.clock import EPOCH, since_2020
from tidegate_host.report import codes

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD_DAYS = 400  # a date that comes once a year is found
_SYNCED = 3
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


class NoSuchTime(ValueError):
    """A moment that is not written as one, or that the shop's clock skips."""


def wall_of(text: str, held: Schedule, now: datetime.datetime) -> int:
    """Seconds since 2020-01-01 UTC of a moment as people write it.

    "23:30" and "23:30:15" are today on the shop's clock, "2027-02-16T23:30" is on it too, and
    with "Z" or "+08:00" behind it says its own offset. Of an hour that is shown twice the first
    is meant. Raises NoSuchTime.
    """
    if _TIME.fullmatch(text):
        year, month, day = held.local(since_2020(now))[:3]
        text = f"{year:04}-{month:02}-{day:02}T{text}"
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise NoSuchTime(f'"{text}" is no time; write 23:30 or 2027-02-16T23:30') from None
    if moment.tzinfo is not None:
        return since_2020(moment)
    naive = since_2020(moment.replace(tzinfo=datetime.UTC))
    # Offsets lie within a day, so these are all the offsets that may hold at that moment.
    offsets = {offset_at(held, naive + step * 3600) for step in range(-24, 25)}
    found = [naive - offset for offset in offsets if offset_at(held, naive - offset) == offset]
    if not found:
        raise NoSuchTime(f"{text} does not exist: the shop's clock is put forward over it")
    return min(found)


def offset_at(held: Schedule, wall_s: int) -> int:
    """Seconds that the shop's clock is ahead of UTC."""
    local = datetime.datetime(*held.local(wall_s)[:6], tzinfo=datetime.UTC)
    return since_2020(local) - wall_s


def shop_time(held: Schedule, wall_s: int) -> str:
    """A moment on the shop's clock: "2027-02-16T23:30:00+08:00"."""
    zone = datetime.timezone(datetime.timedelta(seconds=offset_at(held, wall_s)))
    return (EPOCH + datetime.timedelta(seconds=wall_s)).astimezone(zone).isoformat()


def explain(
    compiled: dict[str, Any], kind: int, amount: int, wall_s: int, clock_known: bool = True
) -> dict[str, Any]:
    """Everything about one request, as an object for `--json` and for `words`.

    `compiled` is the board's configuration, `kind` a number of `tidegate.proto.kinds`, `amount`
    minor units, `wall_s` seconds since 2020-01-01 UTC.
    """
    held = Schedule(compiled)
    date = held.business_date(wall_s)
    told: dict[str, Any] = {
        "at": shop_time(held, wall_s) if clock_known else None,
        "weekday": _DAYS[held.local(wall_s)[6]] if clock_known else None,
        "clock": "known" if clock_known else "unknown",
        "kind": KIND_NAMES[kind],
        "amount": amount,
        "business_date": _date(date) if clock_known else None,
        "maintenance": held.maintenance(wall_s, clock_known),
        "drain_due": clock_known and held.drain_due(wall_s),
    }
    if class_of(kind) != CLS_LIVE:
        storable = class_of(kind) == CLS_STORABLE
        return {**told, "decision": "store" if storable else "pass", "window": None}
    told.update(_outcome(compiled, held, kind, amount, wall_s, clock_known))
    told["limits"] = [
        {"name": limit["name"], "text": limits.told(limit)}
        for limit in compiled.get("live_limits", [])
        if kind in limit["kinds"] and limit["window"] in (-1, _number(told["window"]) - 1)
    ]
    if told["decision"] == "allow" and amount:
        told.update(_limited(compiled, told["limits"], amount))
    at = held.next_change(kind, amount, wall_s, _AHEAD_DAYS) if clock_known else 0
    told["until"] = shop_time(held, at) if at else None
    told["until_s"] = at - wall_s if at else None
    told["then"] = _outcome(compiled, held, kind, amount, at, True) if at else None
    return told


def _outcome(
    compiled: dict[str, Any], held: Schedule, kind: int, amount: int, wall_s: int, known: bool
) -> dict[str, Any]:
    got = held.decide(kind, amount, wall_s, _SYNCED if known else 0)
    code = got.code.decode()
    english, chinese = codes.response(code) if code else ("", "")
    return {
        "decision": "decline" if code else "allow",
        "code": code or None,
        "code_text": {"en": english, "zh": chinese} if code else None,
        "action": schedule.ACTIONS[got.action],
        "reason": schedule.REASON_NAMES[got.reason],
        "window": _window(compiled, got.window) if got.window >= 0 else None,
        "behind": _behind(compiled, held, kind, wall_s, got.window) if known else [],
        "route": compiled["routes"][got.route]["name"] if not code else None,
        "next_day": got.next_day,
    }


def _limited(
    compiled: dict[str, Any], spoken: list[dict[str, str]], amount: int
) -> dict[str, Any]:
    # What a limit of the amount makes of it. The other rules look at what was sold before.
    names = [limit["name"] for limit in spoken]
    for limit in compiled.get("live_limits", []):
        if limit["name"] not in names or RULES[limit["rule"]] != "amount" or limit["flag"]:
            continue
        low, high = amount < limit["min"], 0 < limit["max"] < amount
        if low or high:
            code = limit["code_min"] if low else limit["code"]
            english, chinese = codes.response(code)
            return {"decision": "decline", "code": code, "reason": "limit-amount",
                    "code_text": {"en": english, "zh": chinese}, "limit": limit["name"],
                    "route": None, "next_day": False}  # fmt: skip
    return {}


def _window(compiled: dict[str, Any], index: int) -> dict[str, Any]:
    window = compiled["windows"][index]
    return {
        "name": window["name"],
        "number": index + 1,
        "days": days(window),
        "from": _hh_mm(window["from_min"]),
        "to": _hh_mm(window["to_min"]),
        "action": schedule.ACTIONS[window["action"]],
        "kinds": [KIND_NAMES[kind] for kind in window["kinds"]],
        "max_amount": window["max_amount"] or None,
    }


def _number(window: dict[str, Any] | None) -> int:
    return window["number"] if window else 0


def _behind(
    compiled: dict[str, Any], held: Schedule, kind: int, wall_s: int, deciding: int
) -> list[str]:
    # Windows that hold as well and stand later in the file.
    local = held.local(wall_s)
    day = (datetime.date(*local[:3]) - EPOCH.date()).days
    second = (local[3] * 60 + local[4]) * 60 + local[5]
    return [
        window.name
        for i, window in enumerate(held.windows)
        if i > deciding >= 0 and window.concerns(kind) and window.holds(day, second)
    ]


def days(window: dict[str, Any]) -> str:
    """On which days a compiled window begins: "mon-fri", "sat,sun" or its dates."""
    if "dates" in window:
        dates = [_date(number) for number in window["dates"]]
        return ", ".join(dates) if len(dates) <= 4 else f"{len(dates)} dates from {dates[0]}"
    runs: list[list[int]] = []
    for day in range(7):
        if window["days"] >> day & 1:
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
    return ",".join(
        _DAYS[run[0]] if len(run) == 1 else f"{_DAYS[run[0]]}-{_DAYS[run[-1]]}" for run in runs
    )


def _date(number: int) -> str:
    return f"{number // 10000:04}-{number // 100 % 100:02}-{number % 100:02}"


def _hh_mm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
