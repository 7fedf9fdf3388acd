"""What people see of the engine at this moment: small values, no card data, one dict."""

from tidegate.core import events
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message

OVERDUE = {0: "", events.BATCH_OLD: "old", events.BATCH_FULL: "full"}


def status(e):
    lanes = [_lane(e, lane) for lane in e.lanes if _names(e, lane)]
    found = {"lanes": lanes, "clock_trust": e.time.trust, "wall_s": e.time.wall}
    found["offset_s"] = e.schedule.offset(e.time.wall)[0]
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
    return {
        "lane": lane.index,
        "terminals": _names(e, lane),
        "dialect": lane.dialect.name,
        "phase": lane.phase,
        "line_ok": lane.line_ok,
        "reversals": count(lane.index, GROUP_REVERSAL),
        "advices": count(lane.index, GROUP_ADVICE),
        "live_state": kept.live.state,
        "key_epoch": kept.key_epoch,
        "settle_flags": kept.settle_flags,
        "since_s": kept.since_s,
        "overdue": OVERDUE[e.reminders.overdue(e, lane)],
        "books": _books(kept.books),
        "settled": _books(kept.settled),
    }


def _books(books):
    return {
        "batch": books.batch,
        "debit_count": books.debit_count,
        "debit_sum": books.debit_sum,
        "credit_count": books.credit_count,
        "credit_sum": books.credit_sum,
    }
