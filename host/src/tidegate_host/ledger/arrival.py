"""The business day of a transaction, and when its money is expected.

The host's own settlement date (F15) decides the business day; where no answer named one, the
cut-over of the configuration does. The money comes T + n working days later: Saturdays, Sundays
and the holidays of the configuration do not count, unless it says that any day does.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from tidegate.core import schedule
from tidegate.core.schedule import Schedule
from tidegate_host.config.clock import EPOCH
from tidegate_host.config.explain import shop_time
from tidegate_host.ledger.story import Transaction

# What holds without a bridge.toml: most terminals of this family stand in China, where the
# business day ends at 23:00 and money comes on the next working day.
USUAL: dict[str, Any] = {
    "clock": {"offsets": [[0, 28800]], "cutover_min": 1380, "when_unknown": "allow",
              "holidays": []},
    "drain_before_cutover_min": 20,
    "decline": {"line": "91", "busy": "96", "maintenance": "90", "window": "58", "cap": "61"},
    "windows": [],
}  # fmt: skip
_F15_AWAY_MAX = datetime.timedelta(days=10)
_RULE = {"days": 1, "working_days": True}


@dataclass
class Arrival:
    """`business_day`, where it comes from ("F15", "cut-over" or "next-day"), and `expected`."""

    business_day: datetime.date
    source: str
    expected: datetime.date
    local_day: datetime.date
    skipped: list[datetime.date]  # days that do not count, between the two


class Calendar:
    """A shop's clock, business days and arrival, of a compiled configuration or the usual."""

    def __init__(self, compiled: dict[str, Any] | None = None) -> None:
        self.assumed = compiled is None
        self.compiled = compiled or USUAL
        self.hours = Schedule(self.compiled)
        self.holidays = set(self.compiled["clock"].get("holidays", []))
        self.rule = self.compiled.get("arrival", _RULE)

    def local(self, at_s: int) -> datetime.datetime:
        """A moment on the shop's clock."""
        return datetime.datetime.fromisoformat(shop_time(self.hours, at_s))

    def stamp(self, at_s: int) -> str:
        """The same as people write it; empty when unknown."""
        return f"{self.local(at_s):%Y-%m-%d %H:%M:%S}" if at_s else ""

    def business_day(self, at_s: int) -> datetime.date:
        """By the cut-over of the configuration."""
        number = self.hours.business_date(at_s)
        return datetime.date(number // 10000, number // 100 % 100, number % 100)

    def works(self, day: datetime.date) -> bool:
        """Does this day count for the arrival?"""
        if not self.rule["working_days"]:
            return True
        return day.weekday() < 5 and int(f"{day:%Y%m%d}") not in self.holidays

    def expect(self, day: datetime.date) -> tuple[datetime.date, list[datetime.date]]:
        """When the money of a business day is expected, and the days that were passed over."""
        skipped = []
        left = self.rule["days"]
        while left or not self.works(day):
            day += datetime.timedelta(days=1)
            if self.works(day):
                left = max(left - 1, 0)
            else:
                skipped.append(day)
        return day, skipped

    def arrival(self, t: Transaction) -> Arrival | None:
        """None while no entry says when it was."""
        if not t.at_s:
            return None
        local = self.local(t.at_s).date()
        day, source = self.business_day(t.at_s), "cut-over"
        stated = _dated(t.settle_date, local)
        if stated:
            day, source = stated, "F15"
        elif self._marked_next(t) and day == local:
            day, source = day + datetime.timedelta(days=1), "next-day"
        expected, skipped = self.expect(day)
        return Arrival(day, source, expected, local, skipped)

    def _marked_next(self, t: Transaction) -> bool:
        windows = self.hours.windows
        if t.window is None or t.window >= len(windows):
            return False
        return windows[t.window].action == schedule.NEXT_DAY

    def name_of(self, t: Transaction) -> str:
        """What the configuration calls the window or the limit that refused it, if either did."""
        if self.assumed:
            return ""
        for index, key in ((t.limit, "live_limits"), (t.window, "windows")):
            named = self.compiled.get(key, [])
            if index is not None and index < len(named):
                return named[index]["name"]
        return ""


def now_s() -> int:
    """This computer's time, seconds since 2020."""
    return int((datetime.datetime.now(datetime.UTC) - EPOCH).total_seconds())


def _dated(mmdd: str, near: datetime.date) -> datetime.date | None:
    # F15 has no year: the one that brings it nearest. Far from the day it is no settlement date.
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(datetime.date(year, int(mmdd[:2]), int(mmdd[2:])))
        except ValueError:
            continue
    nearest = min(found, key=lambda day: abs(day - near), default=None)
    return nearest if nearest and abs(nearest - near) <= _F15_AWAY_MAX else None
