"""Each batch as the bridge counts it: the ledger of a terminal, from its journal alone.

Debits are sales, completions and off-line sales, credits are voids and refunds, as the terminal
counts them; what was reversed counts in neither.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tidegate_host.ledger import story
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.differences import Difference, of_batch
from tidegate_host.ledger.schemes import is_foreign
from tidegate_host.ledger.story import Batch, Story


@dataclass
class Row:
    """One batch. `totals` has the names of `story.TOTALS`; `states` how many stand how.

    `foreign` is the part of the totals that foreign cards made; `no_card` how many of the counted
    transactions have no card in the journal (advices, which are sealed), and may be either.
    `arrivals` are (business day, expected day, count, net sum in minor units), by day.
    """

    batch: Batch
    terminal: str
    state: str
    totals: dict[str, int]
    foreign: dict[str, int]
    no_card: int
    states: dict[str, int]
    arrivals: list[tuple[str, str, int, int]]
    differences: list[Difference]

    def as_dict(self) -> dict[str, Any]:
        """With stable keys, for `--json`."""
        return {
            "lane": self.batch.lane, "terminal": self.terminal, "batch": self.batch.batch,
            "state": self.state, **self.totals, "foreign": self.foreign,
            "no_card": self.no_card, "states": self.states,
            "at_terminal": self.batch.at_terminal, "at_host": self.batch.at_host,
            "arrivals": [
                {"business_day": day, "expected": due, "count": count, "sum": net}
                for day, due, count, net in self.arrivals
            ],
            "differences": [
                {"what": one.what, "stan": one.stan, "amount": one.amount,
                 "en": one.words()[0], "zh": one.words()[1]}
                for one in self.differences
            ],
        }  # fmt: skip


def ledger(told: Story, calendar: Calendar) -> list[Row]:
    """Every batch that the journal still knows, by lane, oldest first."""
    batches = sorted(told.batches, key=lambda batch: (batch.lane, batch.began_s))
    return [_row(told, batch, calendar) for batch in batches]


def _row(told: Story, batch: Batch, calendar: Calendar) -> Row:
    totals: dict[str, int] = dict.fromkeys(story.TOTALS, 0)
    foreign = dict(totals)
    no_card = 0
    states: Counter[str] = Counter()
    days: dict[tuple[str, str], list[int]] = {}
    for t in told.transactions:
        if t.home is not batch:
            continue
        states["attention" if t.why else t.state] += 1
        side = story.side(t)
        if not side or not story.counts(t):
            continue
        no_card += not t.card
        for sums in (totals, foreign) if is_foreign(t.card) else (totals,):
            name = "debit" if side > 0 else "credit"
            sums[f"{name}s"] += 1
            sums[f"{name}_sum"] += t.amount
        arrival = calendar.arrival(t)
        if arrival:
            key = (f"{arrival.business_day}", f"{arrival.expected}")
            day = days.setdefault(key, [0, 0])
            day[0] += 1
            day[1] += side * t.amount
    arrivals = [(*key, days[key][0], days[key][1]) for key in sorted(days)]
    terminal = told.terminals.get(batch.lane, "")
    return Row(batch, terminal, _state(batch), totals, foreign, no_card, dict(states), arrivals,
               of_batch(told, batch))  # fmt: skip


def _state(batch: Batch) -> str:
    if not batch.asked_s:
        return "open"
    if not batch.answered_s:
        return "settling"
    if batch.balanced:
        return "balanced"
    return "uploaded" if batch.upload_ended_s else "uploading" if batch.named else "unbalanced"
