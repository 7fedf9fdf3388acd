"""What people see of the engine at this moment: small values, no card data, one dict."""

from tidegate.core import events
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message

_LANE = (
    "lane terminals dialect phase line_ok reversals advices live_state key_epoch"
    " settle_flags since_s overdue books settled"
)
OVERDUE = {0: "", events.BATCH_OLD: "old", events.BATCH_FULL: "full"}


def status(e):
    lanes = [_lane(e, lane) for lane in e.lanes if _names(e, lane)]
    offset_s = e.schedule.offset(e.time.wall)[0]
    values = (lanes, e.time.trust, e.time.wall, offset_s)
    found = _named("lanes clock_trust wall_s offset_s", values)
    if e.stand_in:
        count, total, _ = e.stand_in.promised(e)
        found["stand_in"] = [count, total, e.stand_in.count_max, e.stand_in.sum_max]
    at = e.schedule.next_change(message.KIND_SALE, 0, e.time.wall) if e.time.trust else 0
    if at:
        # When sales are treated in another way, and with which code they are refused then.
        code = e.schedule.decide(message.KIND_SALE, 0, at, e.time.trust).code
        found["change"] = [at, code.decode()]
    return found


def _names(e, lane):
    return [n[0].decode() for n in e.ledger.names if n[1] == lane.index]


def _lane(e, lane):
    count = e.journal.open_count
    kept = e.ledger.lanes[lane.index]
    values = (
        lane.index,
        _names(e, lane),
        lane.dialect.name,
        lane.phase,
        lane.line_ok,
        count(lane.index, GROUP_REVERSAL),
        count(lane.index, GROUP_ADVICE),
        kept.live.state,
        kept.key_epoch,
        kept.settle_flags,
        kept.since_s,
        OVERDUE[e.reminders.overdue(e, lane)],
        _books(kept.books),
        _books(kept.settled),
    )
    return _named(_LANE, values)


def _books(books):
    values = (
        books.batch, books.debit_count, books.debit_sum, books.credit_count, books.credit_sum,
    )  # fmt: skip
    return _named("batch debit_count debit_sum credit_count credit_sum", values)


def _named(names, values):
    # In one string, because short ones of their own stay in memory, see app.service.
    return dict(zip(names.split(), values))
