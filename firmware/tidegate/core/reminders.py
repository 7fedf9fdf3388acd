"""What people are told before it is too late: the shop closes, a batch is to be settled, a
deferred hold is due.

Nothing here decides about a message, but for one thing that a shop may switch on: no new sales
before an overdue batch is settled. Looked at when something is due, not all the time; a clock that
was put right is a reason to look again, and what is over then is not told.
"""

from tidegate.compat import const
from tidegate.core import events
from tidegate.journal import bodies, records
from tidegate.proto import message

_DAY_S = const(86400)
_STEP_S = const(5)  # a clock that moved by more was put right
_NOT_SET = {
    "remind_min": -1, "max_age_h": 0, "max_count": 0, "refuse": False, "code": "58",
}  # fmt: skip


class Reminders:
    def __init__(self, config):
        settings = config.get("settlement") or _NOT_SET
        self._announce_s = config.get("announce_before_min", 0) * 60
        self._remind_s = settings["remind_min"] * 60
        self._age_s = settings["max_age_h"] * 3600
        self._count = settings["max_count"]
        self._refuses = settings["refuse"]
        self.code = settings["code"].encode()
        self.due_ms = -1  # when to look again
        self.change_s = 0  # when sales are next treated in another way; 0 when nobody knows
        self._told_s = 0  # the change that was announced
        self._settle_s = 0  # when the shop is reminded next
        self._told = [0] * config["lanes_max"]  # when the batch began that was told
        self._offset_s = 0
        self._seen_s = 0  # deferred holds up to this time were told

    # -> may the lane go on selling? Its batch is too old or too full.

    def overdue(self, e, lane):
        kept = e.ledger.lanes[lane.index]
        since = kept.since_s
        if not since:
            return 0  # nothing to settle
        if self._count and kept.books.debit_count + kept.books.credit_count >= self._count:
            return events.BATCH_FULL
        if kept.books.is_nearly_too_large():
            return events.BATCH_FULL
        if self._age_s and e.time.trust and e.time.wall - since >= self._age_s:
            return events.BATCH_OLD
        return 0

    def refuses(self, e, lane, kind):
        return self._refuses and kind == message.KIND_SALE and self.overdue(e, lane)

    # Looking.

    def look(self, e):
        # Tells what is due, and finds out when to look again.
        wall = e.time.wall
        if not e.time.trust:
            self.due_ms = -1
            self.change_s = 0
            return
        offset = wall - e.time.ms // 1000
        moved = not -_STEP_S <= offset - self._offset_s <= _STEP_S
        self._offset_s = offset
        due = [wall + _DAY_S]
        for at in (self._change(e, wall), self._settle(e, wall, moved), self._holds(e, wall)):
            if at:
                due.append(at)
        for lane in e.lanes:
            self.counted(e, lane)
            since = e.ledger.lanes[lane.index].since_s
            if self._age_s and since + self._age_s > wall:
                due.append(since + self._age_s)
        self.due_ms = e.time.ms + max(min(due) - wall, 1) * 1000

    def wants(self, e):
        # Was the clock put right, or is something due?
        if not e.time.trust:
            return False
        offset = e.time.wall - e.time.ms // 1000
        return (
            self.due_ms < 0
            or e.time.ms >= self.due_ms
            or not -_STEP_S <= offset - self._offset_s <= _STEP_S
        )

    def _change(self, e, wall):
        # The shop closes or opens soon, as a sale will see it.
        if wall >= self.change_s:
            self.change_s = e.schedule.next_change(message.KIND_SALE, 0, wall)
        at = self.change_s
        if not at or not self._announce_s:
            return at
        if at - wall > self._announce_s:
            return at - self._announce_s
        if self._told_s != at:
            self._told_s = at
            code = e.schedule.decide(message.KIND_SALE, 0, at, e.time.trust).code
            number = code[0] << 8 | code[1] if code else 0
            e.log(events.CHANGE_DUE, (at - wall + 59) // 60, number, 0)
        return at

    def _settle(self, e, wall, moved):
        if self._remind_s < 0:
            return 0
        if self._settle_s and not moved and wall >= self._settle_s:
            for lane in e.lanes:
                books = e.ledger.lanes[lane.index].books
                count = books.debit_count + books.credit_count
                if e.ledger.lanes[lane.index].since_s:
                    e.log(events.SETTLE_DUE, lane.index, count, books.batch)
        second = e.schedule.day_second(wall)[1]
        self._settle_s = wall + (self._remind_s - second - 1) % _DAY_S + 1
        return self._settle_s

    def counted(self, e, lane):
        # Something may have come to its batch. Told once for each: it is known by the time at
        # which it began.
        books = e.ledger.lanes[lane.index]
        over = self.overdue(e, lane)
        if over and self._told[lane.index] != books.since_s:
            self._told[lane.index] = books.since_s
            e.log(over, lane.index, books.books.debit_count + books.books.credit_count,
                  books.books.batch)  # fmt: skip

    def _holds(self, e, wall):
        # The next deferred hold. One whose time has come is told, and again after every start.
        soonest = 0
        for item in e.journal.items(-1, 1 << records.HOLD):
            if not item.flags & records.FLAG_PERSON:
                continue
            until = bodies.get(records.HOLD, item.body())[14]
            if until > wall:
                soonest = min(soonest or until, until)
            elif until > self._seen_s:
                e.log(events.HOLD_DUE, item.lane, 0, item.stan)
        self._seen_s = wall
        return soonest
