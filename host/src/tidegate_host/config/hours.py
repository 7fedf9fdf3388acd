"""The windows together: what contradicts itself, what can never apply, and a shop never open.

The windows are asked through the same code that runs on the board, at every edge of every kind of
day, so that what is said here is what will happen.
"""

import datetime

from tidegate.core import schedule
from tidegate.core.schedule import Window
from tidegate.proto.kinds import KIND_NAMES, KIND_SALE
from tidegate_host.config.mistakes import Mistakes

_EPOCH = datetime.date(2020, 1, 1)
_WEEK = 8  # days looked at for what repeats, one more than a week for what crosses midnight
_REFUSING = (schedule.DECLINE, schedule.MAINTENANCE)

Moment = tuple[int, int]  # day since 2020-01-01, second of the day


def check(mistakes: Mistakes, compiled: list[dict], today: datetime.date) -> None:
    """Add a mistake for each window that can never apply and for a shop that is never open.

    Overlaps in which the order of the file decides, and dates that have passed, become notes.
    """
    windows = [Window(one) for one in compiled]
    weekly, dated = _moments(windows)
    _hidden(mistakes, windows, weekly + dated)
    _never_open(mistakes, windows, weekly)
    _overlaps(mistakes, windows, weekly + dated)
    for i, window in enumerate(windows):
        if window.dates and max(window.dates) < (today - _EPOCH).days:
            mistakes.note(("window", i), "its dates have all passed")


def _moments(windows: list[Window]) -> tuple[list[Moment], list[Moment]]:
    # Every edge of a week without dates, and of each date and the day after it.
    seconds = {0}
    for window in windows:
        seconds |= {window.from_s, window.to_s % 86400}
    dates = {day + more for window in windows for day in window.dates for more in (0, 1)}
    last = max(dates, default=0)
    week = range(last + 2, last + 2 + _WEEK)
    by_day = sorted(seconds)
    return (
        [(day, second) for day in week for second in by_day],
        [(day, second) for day in sorted(dates) for second in by_day],
    )


def _hidden(mistakes: Mistakes, windows: list[Window], moments: list[Moment]) -> None:
    deciding = set()
    covering: dict[int, set[int]] = {i: set() for i in range(len(windows))}
    for day, second in moments:
        open_now = [i for i, window in enumerate(windows) if window.holds(day, second)]
        taken = 0
        for i in open_now:
            if windows[i].kinds & ~taken:
                deciding.add(i)
            covering[i] |= {j for j in open_now if j < i and windows[j].kinds & windows[i].kinds}
            taken |= windows[i].kinds
    for i, window in enumerate(windows):
        if i not in deciding and covering[i]:
            names = " and ".join(f'"{windows[j].name}"' for j in sorted(covering[i]))
            lines = ", ".join(str(mistakes.line(("window", j))) for j in sorted(covering[i]))
            same = all(windows[j].action == window.action for j in covering[i])
            why = "it repeats what they say" if same else "their actions contradict each other"
            mistakes.add(
                ("window", i),
                f"it can never apply: {names} (line {lines}) stands before it and covers all its"
                f" time and kinds; the first match decides, and {why}",
            )


def _never_open(mistakes: Mistakes, windows: list[Window], weekly: list[Moment]) -> None:
    def refused(day: int, second: int) -> bool:
        for window in windows:
            if window.concerns(KIND_SALE) and window.holds(day, second):
                return window.action in _REFUSING
        return False

    def away(day: int, second: int) -> bool:
        return any(w.action == schedule.MAINTENANCE and w.holds(day, second) for w in windows)

    if windows and all(away(*moment) for moment in weekly):
        mistakes.add(("window",), "maintenance never ends: what is stored would never go out")
    elif windows and all(refused(*moment) for moment in weekly):
        mistakes.add(("window",), "the shop is never open: a sale is declined at every hour")


def _overlaps(mistakes: Mistakes, windows: list[Window], moments: list[Moment]) -> None:
    # An exception inside a wider window is how the first match is meant to be used. Two that
    # merely cross, each with time of its own, may be an accident.
    holding = [{at for at in moments if window.holds(*at)} for window in windows]
    for i, first in enumerate(windows):
        for j in range(i + 1, len(windows)):
            second = windows[j]
            kinds = first.kinds & second.kinds
            both = holding[i] & holding[j]
            crossing = both and holding[i] - both and holding[j] - both
            if kinds and crossing and first.action != second.action:
                names = ", ".join(name for k, name in enumerate(KIND_NAMES) if kinds >> k & 1)
                mistakes.note(
                    ("window", j),
                    f'it crosses "{first.name}" (line {mistakes.line(("window", i))}); where both'
                    f' hold, "{first.name}" decides on {names}',
                )
