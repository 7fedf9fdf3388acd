"""Why the money of a business day is not there yet: sums, the date, and what delays it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate_host.ledger import story
from tidegate_host.ledger.arrival import Arrival, Calendar
from tidegate_host.ledger.story import Story, Transaction
from tidegate_host.report.amounts import money
from tidegate_host.report.naming import line
from tidegate_host.voucher.slip import STATES
from tidegate_host.why.causes import Found, Pair
from tidegate_host.why.transaction import balance

_SHOWN = 5

_NO_MONEY = ("preauth", "preauth-add", "preauth-void", "balance", "script-result", "reversal")


@dataclass
class Day:
    """The money of one business day. `total` is debits less credits, minor units."""

    day: datetime.date
    expected: datetime.date
    count: int = 0
    total: int = 0
    money: list[tuple[Transaction, Arrival]] = field(default_factory=list)
    open: list[Transaction] = field(default_factory=list)


@dataclass
class Case:
    """A business day at a moment."""

    day: Day
    told: Story
    calendar: Calendar
    today: datetime.date


def look(told: Story, calendar: Calendar, now_s: int) -> list[tuple[Day, list[Found]]]:
    """Each business day with money, oldest first, and its causes in order."""
    today = calendar.local(now_s).date()
    found = []
    for _, day in sorted(_days(told, calendar).items()):
        case = Case(day, told, calendar, today)
        tested = [Found(name, test(case)) for name, test in TABLE]
        found.append((day, [one for one in tested if one.evidence]))
    return found


def _days(told: Story, calendar: Calendar) -> dict[datetime.date, Day]:
    days: dict[datetime.date, Day] = {}
    for t in told.transactions:
        at = calendar.arrival(t)
        if not at or t.kind in _NO_MONEY:
            continue
        counted = story.counts(t)
        if not counted and t.state not in (story.UNKNOWN, story.WAITING, story.LATE):
            continue
        day = days.setdefault(at.business_day, Day(at.business_day, at.expected))
        if counted:
            day.count += 1
            day.total += -t.amount if story.side(t) < 0 else t.amount
            day.money.append((t, at))
        elif not t.decided:
            day.open.append(t)
    return days


def _cut_over(case: Case) -> list[Pair]:
    later = [t for t, at in case.day.money if at.business_day > at.local_day]
    total = sum(t.amount for t in later)
    if not later:
        return []
    return [(f"{len(later)} of them, {money(total)}, were made the day before or earlier",
             f"其中{len(later)}笔共{money(total)}为前一日交易")]  # fmt: skip


def _holiday(case: Case) -> list[Pair]:
    _, skipped = case.calendar.expect(case.day.day)
    days = ", ".join(str(day) for day in skipped)
    return [(f"do not count: {days}", f"不计入：{days}")] if skipped else []


def _open_of(case: Case, state: str) -> list[Pair]:
    words = STATES[state]
    said = [(f"{line(vars(t))}: {words[0]}", f"{line(vars(t))}：{words[1]}")
            for t in case.day.open if t.state == state]  # fmt: skip
    more = len(said) - _SHOWN
    return said[:_SHOWN] + ([(f"and {more} more", f"另有{more}笔")] if more > 0 else [])


def _batches(case: Case) -> list[story.Batch]:
    return [b for b in case.told.batches if any(t.home is b for t, _ in case.day.money)]


def _unbalanced(case: Case) -> list[Pair]:
    return [said for batch in _batches(case) for said in balance(batch, case.calendar)]


def _not_settled(case: Case) -> list[Pair]:
    return [(f"batch {b.batch:06d} of {case.told.terminals.get(b.lane, '')}",
             f"{case.told.terminals.get(b.lane, '')}批次{b.batch:06d}")
            for b in _batches(case) if not b.answered_s]  # fmt: skip


def _not_due(case: Case) -> list[Pair]:
    if case.today >= case.day.expected:
        return []
    return [(f"expected {case.day.expected}, today is {case.today}",
             f"预计到账{case.day.expected}，今天{case.today}")]  # fmt: skip


def _past_due(case: Case) -> list[Pair]:
    if case.today <= case.day.expected or not case.day.count:
        return []
    return [(f"business day {case.day.day}: {case.day.count}, {money(case.day.total)}",
             f"清算日期{case.day.day}：{case.day.count}笔，{money(case.day.total)}")]  # fmt: skip


TABLE: tuple[tuple[str, Callable[[Case], list[Pair]]], ...] = (
    ("waiting", lambda case: _open_of(case, story.WAITING)),
    ("no-answer", lambda case: _open_of(case, story.UNKNOWN)),
    ("late", lambda case: _open_of(case, story.LATE)),
    ("cut-over", _cut_over),
    ("holiday", _holiday),
    ("not-settled", _not_settled),
    ("unbalanced", _unbalanced),
    ("not-due", _not_due),
    ("past-due", _past_due),
)
