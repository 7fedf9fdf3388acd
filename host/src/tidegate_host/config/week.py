"""Seven days of the trading hours, as stretches in which a request is treated alike.

The board's own code decides at every edge; this only gathers what it says.
"""

import datetime
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tidegate.core import schedule
from tidegate.core.schedule import Schedule
from tidegate_host.config.clock import EPOCH, since_2020

DAY_MIN = 1440
_MINUTE_S = 60
_REFUSING = (schedule.DECLINE, schedule.MAINTENANCE)


@dataclass
class Stretch:
    """`from_min` to `to_min` of one day on the shop's clock; `window` is "" where none decides.

    `action` is one of `schedule.ACTIONS`; `code` of a refusal, or ""; `max_amount` minor units,
    0 for any.
    """

    from_min: int
    to_min: int
    window: str
    action: str
    code: str
    max_amount: int


@dataclass
class Day:
    """One date of the shop's clock. `cutover_min` is when its business day ends."""

    date: datetime.date
    stretches: list[Stretch]
    cutover_min: int


def week(compiled: dict[str, Any], first: datetime.date, kind: int) -> list[Day]:
    """Seven days from `first` for requests of `kind` (a number of `tidegate.proto.kinds`)."""
    held = Schedule(compiled)
    cutover = compiled["clock"]["cutover_min"]
    dates = [first + datetime.timedelta(days=more) for more in range(7)]
    return [Day(date, _stretches(compiled, held, date, kind), cutover) for date in dates]


def _stretches(
    compiled: dict[str, Any], held: Schedule, date: datetime.date, kind: int
) -> list[Stretch]:
    found: list[Stretch] = []
    for start, end in _parts(compiled):
        told = _told(held, date, start, kind)
        if found and found[-1].window == told[0] and found[-1].to_min == start:
            found[-1].to_min = end
        else:
            found.append(Stretch(start, end, *told))
    return found


def _parts(compiled: dict[str, Any]) -> list[tuple[int, int]]:
    edges = {0, DAY_MIN}
    for window in compiled["windows"]:
        edges |= {window["from_min"], window["to_min"]}
    return list(pairwise(sorted(edges)))


def _told(
    held: Schedule, date: datetime.date, minute: int, kind: int
) -> tuple[str, str, str, int]:
    # A rule speaks of what the wall clock shows, so the hour that is skipped is told as well.
    day = (date - EPOCH.date()).days
    for window in held.windows:
        if window.concerns(kind) and window.holds(day, minute * _MINUTE_S):
            action = schedule.ACTIONS[window.action]
            code = window.code.decode() if window.action in _REFUSING else ""
            return window.name, action, code, window.max_amount
    return "", "allow", "", 0


def today(compiled: dict[str, Any], now: datetime.datetime) -> datetime.date:
    """The date that the shop's clock shows at `now`."""
    return datetime.date(*Schedule(compiled).local(since_2020(now))[:3])
