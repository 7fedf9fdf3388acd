"""Why a batch is not settled, or must be: causes for each lane's newest batch."""

from collections.abc import Callable
from dataclasses import dataclass

from tidegate_host.ledger import story
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.differences import of_batch
from tidegate_host.ledger.story import Batch, Story
from tidegate_host.report.amounts import money
from tidegate_host.report.naming import line
from tidegate_host.voucher.slip import WHYS
from tidegate_host.why.causes import Found, Pair
from tidegate_host.why.transaction import balance

_SHOWN = 5
_HOUR_S = 3600
_USUAL = {"max_age_h": 24, "max_count": 300}


@dataclass
class Case:
    """One batch at a moment."""

    batch: Batch
    told: Story
    calendar: Calendar
    now_s: int

    def mine(self) -> list[story.Transaction]:
        """Its transactions."""
        return [t for t in self.told.transactions if t.home is self.batch]


def look(told: Story, calendar: Calendar, now_s: int) -> list[tuple[Batch, list[Found]]]:
    """Of each lane the newest batch, and those that were out of balance; causes in order."""
    newest = {batch.lane: batch for batch in told.batches}
    found = []
    for batch in told.batches:
        if batch is not newest[batch.lane] and (batch.balanced or not batch.answered_s):
            continue
        case = Case(batch, told, calendar, now_s)
        tested = [Found(name, test(case)) for name, test in TABLE]
        found.append((batch, [one for one in tested if one.evidence]))
    return found


def _maintenance(case: Case) -> list[Pair]:
    if case.batch.answered_s or not case.calendar.hours.maintenance(case.now_s, 3):
        return []
    at = case.calendar.stamp(case.now_s)
    return [(f"a maintenance window holds at {at}", f"{at}处于维护时段")]


def _waiting(case: Case) -> list[Pair]:
    waits = [t for t in case.told.stored() if t.lane == case.batch.lane]
    return _listed(waits, lambda t: ("goes out before the settlement", "须先于结算上送"))


def _attention(case: Case) -> list[Pair]:
    of_it = [t for t in case.mine() if t.why]
    return _listed(of_it, lambda t: WHYS.get(t.why, (t.why, t.why)))


def _no_answer(case: Case) -> list[Pair]:
    if not case.batch.asked_s or case.batch.answered_s:
        return []
    at = case.calendar.stamp(case.batch.asked_s)
    return [(f"BATCH settling, {at}, and no answer", f"BATCH settling，{at}，无应答")]


def _keys(case: Case) -> list[Pair]:
    stale = [t for t in case.mine() if t.why == "stale-key"]
    return _listed(stale, lambda t: ("its keys are old", "密钥已换"))


def _unbalanced(case: Case) -> list[Pair]:
    said = balance(case.batch, case.calendar)
    if not said:
        return []
    b = case.batch.totals
    if b:
        sums = (b["debits"], money(b["debit_sum"]), b["credits"], money(b["credit_sum"]))
        said.append(("the bridge counts %d debits of %s, %d credits of %s" % sums,
                     "网关账目：借记%d笔%s，贷记%d笔%s" % sums))  # fmt: skip
    return said + [one.words() for one in of_batch(case.told, case.batch)]


def _overdue(case: Case) -> list[Pair]:
    rule = {**_USUAL, **case.calendar.compiled.get("settlement", {})}
    counted = [t for t in case.mine() if story.counts(t)]
    if case.batch.answered_s or not counted:
        return []
    said = []
    hours = (case.now_s - counted[0].at_s) // _HOUR_S
    if counted[0].at_s and 0 < rule["max_age_h"] <= hours:
        said.append((f"its first transaction is {hours} h old, {rule['max_age_h']} are allowed",
                     f"首笔交易已{hours}小时，允许{rule['max_age_h']}小时"))  # fmt: skip
    if 0 < rule["max_count"] <= len(counted):
        said.append((f"it holds {len(counted)}, {rule['max_count']} are allowed",
                     f"已有{len(counted)}笔，允许{rule['max_count']}笔"))  # fmt: skip
    return said


def _not_settled(case: Case) -> list[Pair]:
    counted = [t for t in case.mine() if story.counts(t)]
    if case.batch.answered_s or case.batch.asked_s or not counted:
        return []
    total = money(sum(t.amount for t in counted))
    since = case.calendar.stamp(counted[0].at_s)
    return [(f"{len(counted)} transactions of {total} since {since}",
             f"自{since}起{len(counted)}笔，共{total}")]  # fmt: skip


def _listed(found: list[story.Transaction], say: Callable) -> list[Pair]:
    rows = [(f"{line(vars(t))}: {say(t)[0]}", f"{line(vars(t))}：{say(t)[1]}") for t in found]
    more = len(rows) - _SHOWN
    return rows[:_SHOWN] + ([(f"and {more} more", f"另有{more}笔")] if more > 0 else [])


TABLE: tuple[tuple[str, Callable[[Case], list[Pair]]], ...] = (
    ("maintenance", _maintenance),
    ("waiting", _waiting),
    ("keys", _keys),
    ("attention", _attention),
    ("no-settlement-answer", _no_answer),
    ("unbalanced", _unbalanced),
    ("overdue", _overdue),
    ("not-settled", _not_settled),
)
