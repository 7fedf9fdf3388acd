"""A live request: the order of its steps, so that it is written once or declined, never both.

class -> duplicates -> window and limits -> lane free of undelivered reversals -> connection ->
window again -> SENT durable -> write. A failure up to here is a decline, with a hold. From the
first byte on only the host answers; the bridge stays silent and the terminal reverses by itself.
The answer is durable before the terminal gets it.
"""

from tidegate.compat import const
from tidegate.core import attention, events, holds, rules, seen
from tidegate.core import books as states
from tidegate.core.lanes import JOB_LIVE, NOBODY, WAITING
from tidegate.core.schedule import REASON_BUSY, REASON_LINE, REASON_SETTLE
from tidegate.journal import bodies, records

_UNANSWERED = (states.SENT, states.ATTENDED)
_RETRY_MS = const(60000)  # to tell a person what the journal could not take


def arrive(e, lane, conn, m):
    e.log(events.LIVE_IN, lane.index, m.kind, m.stan)
    if _repeat(e, lane, conn, m):
        return
    decision = judge(e, lane, m)
    if not decision.code and not e.take_ask(lane, conn, m):
        decision = _busy(e)
    if decision.code:
        decline(e, lane, conn, m, decision)
    else:
        _hurry(e, lane)


def _hurry(e, lane):
    # Whatever stands before it is tried at once.
    for one in e.device(lane):
        one.retry_ms = e.time.ms


def judge(e, lane, m):
    # The window at this moment, the limits, and whether the batch has to be settled first.
    decision = e.schedule.decide_now(m.kind, m.amount, e.time.wall, e.time.trust)
    if e.limits and not decision.code:
        e.limits.check(e, lane, m, decision)
    if not decision.code and e.reminders.refuses(e, lane, m.kind):
        decision.refuse(e.reminders.code, REASON_SETTLE)
    return decision


def _busy(e):
    return e.schedule.refused(e.decline["busy"], REASON_BUSY)


def _repeat(e, lane, conn, m):
    # The same bytes again, from the link or from an operator: they are never written twice.
    if lane.ask.same(m):
        lane.ask.conn = conn
        e.log(events.LIVE_JOINED, lane.index, m.kind, m.stan)
        return True
    if _was_answered(e, lane, conn, m) or _was_declined(e, lane, conn, m):
        return True
    if seen.was_promised(e, lane, conn, m):
        return True
    return _was_sent(e, lane, conn, m)


def _was_answered(e, lane, conn, m):
    books = e.ledger.lanes[lane.index]
    if not lane.remembered.holds(m, books.key_epoch, e.time.ms):
        return False
    e.log(events.LIVE_REMEMBERED, lane.index, m.kind, m.stan)
    if books.live.key == m.key8 and books.live.state == states.APPROVED:
        lane.handing_conn = conn
    e.reply(conn, lane.remembered.frame())
    return True


def _was_declined(e, lane, conn, m):
    code = lane.declined.code_of(m.hash8, e.time.ms)
    if code:
        e.log(events.LIVE_REMEMBERED, lane.index, m.kind, m.stan)
        e.answer(conn, m, code)
    return bool(code)


def _was_sent(e, lane, conn, m):
    books = e.ledger.lanes[lane.index]
    if books.live.key != m.key8 or books.live.state not in _UNANSWERED:
        if not books.was_sent(m.hash8):
            return False
    # On its way, unknown, or answered too long ago: silence lets the terminal reverse it.
    if lane.phase == WAITING and lane.job == JOB_LIVE and books.live.key == m.key8:
        lane.flight.conn = conn
    e.log(events.LIVE_JOINED, lane.index, m.kind, m.stan)
    return True


def route_of(e, lane):
    # The night channel by its window; a void or completion on the route of its original.
    ask = lane.ask
    live = e.ledger.lanes[lane.index].live
    if ask.orig_stan >= 0 and rules.names_an_original(ask.kind):
        if live.stan == ask.orig_stan:
            return live.route
        return e.sent_route(lane, ask.orig_stan)
    return e.schedule.decide(ask.kind, ask.amount, e.time.wall, e.time.trust).route


def write(e, lane):
    # The line is up and the peer is there. Last look at the clock, then the one write.
    m = e.asked(lane)
    decision = judge(e, lane, m)
    if decision.code:
        return _refuse(e, lane, m, decision)
    window = decision.window
    if e.reversals(lane):
        return False  # one was stored while the line opened: it goes first, the ask stays
    if route_of(e, lane) != lane.route:
        return False  # the night channel began or ended: the other route is opened
    if not resolve(e, lane) or not _sent(e, lane, m, window):
        return _refuse(e, lane, m, _busy(e))
    _pass_on(e, lane, m)
    return True


def _refuse(e, lane, m, decision):
    decline(e, lane, lane.ask.conn, m, decision)
    lane.ask.clear()
    return False


def _pass_on(e, lane, m):
    ask = lane.ask
    e.send(lane, ask.frame())
    lane.flight.wrote(m, ask.conn, ask.deadline_ms)
    lane.past.wrote(m, NOBODY, 0)
    lane.unknown_ms = e.time.ms + e.unknown_ms
    lane.guard_ms = e.time.ms + e.guard_ms
    e.log(events.LIVE_SENT, lane.index, m.kind, m.stan)
    lane.sent_bytes = ask.length
    lane.sent_hash = ask.hash
    ask.clear()


def _sent(e, lane, m, window):
    body = e.body(records.SENT_BYTES)
    pan = m.pan()
    flagged = e.limits.flagged + 1 if e.limits else 0
    bodies.put(
        records.SENT, body, e.journal.new_id(), lane.index, m.kind, lane.route, e.time.trust,
        window + 1, flagged, 0, max(m.stan, 0), max(m.batch, 0), max(m.orig_stan, 0), e.time.wall,
        *bodies.split(m.amount), m.masked, e.card_hash(pan) if pan else bytes(8), m.key8, m.hash8,
    )  # fmt: skip
    return e.append(records.SENT, body, True)


def resolve(e, lane):
    # The lane goes on without a reversal of its last request: delivered is proven by that; what
    # is not known, or never reached the terminal, is a person's.
    live = e.ledger.lanes[lane.index].live
    # -> False when a person could not be told: then nothing may take its place.
    if live.open():
        why = records.WHY_UNKNOWN if live.state == states.SENT else records.WHY_UNPROVEN
        if not attention.attend_live(e, lane, why):
            lane.unknown_ms = e.time.ms + _RETRY_MS
            return False
    lane.unknown_ms = 0
    return True


def end_of_day(e, lane):
    # At cut-over what is unknown is a person's; what is still in flight, when its time is over.
    if lane.phase == WAITING and lane.job == JOB_LIVE:
        lane.unknown_ms = lane.flight.deadline_ms
    elif e.ledger.lanes[lane.index].live.state == states.SENT:
        resolve(e, lane)


def end_of_power(e, lane):
    # The terminal never reverses a refund or completion advice: there is nothing to wait for.
    if not rules.is_reversed(e.ledger.lanes[lane.index].live.kind):
        resolve(e, lane)


def unreachable(e, lane, _reason):
    ask = lane.ask
    m = e.asked(lane)
    if not (e.stand_in and e.stand_in.approve(e, lane, ask.conn, m)):
        decline(e, lane, ask.conn, m, e.schedule.refused(e.decline["line"], REASON_LINE))
    ask.clear()


def refuse_busy(e, lane):
    # It has waited for its lane, or for a host that is silent, and nothing of it was written.
    m = e.asked(lane)
    if not (e.stand_in and e.stand_in.approve(e, lane, lane.ask.conn, m)):
        decline(e, lane, lane.ask.conn, m, _busy(e))


def decline(e, lane, conn, m, decision):
    code = decision.code
    e.log(events.LIVE_DECLINED, lane.index, code[0] << 8 | code[1], m.stan)
    holds.record(e, lane, m, decision)
    lane.declined.add(m.hash8, code, e.time.ms + e.duplicate_ms)
    e.answer(conn, m, code)


def answered(e, lane, m):
    # Durable first; only then the terminal, and only the connection that asked.
    late = e.time.ms >= lane.flight.deadline_ms
    if not _answer(e, lane, m, late):
        return  # not durable: the terminal hears nothing and reverses
    e.host_time(m)
    if late:
        e.log(events.LIVE_LATE, lane.index, m.code, m.stan)
        return
    e.log(events.LIVE_ANSWER, lane.index, m.code, m.stan)
    books = e.ledger.lanes[lane.index]
    if not books.live.open() or books.live.approved:
        lane.unknown_ms = 0
    _remember(e, lane, books, m)
    if books.live.approved:
        _served(e, lane, books.live)
        e.reminders.counted(e, lane)
    if lane.flight.conn != NOBODY:
        lane.handing_conn = lane.flight.conn
        e.reply(lane.flight.conn, m.view)
    else:
        undelivered(e, lane)


def _served(e, lane, live):
    holds.succeed(e, lane, (live.kind, live.card, live.amount))


def _remember(e, lane, books, m):
    told = lane.remembered
    if told.take(m.view, m, lane.flight.conn):
        told.key, told.hash = books.live.key, books.live.hash
    told.until_ms = e.time.ms + e.duplicate_ms
    told.epoch = books.key_epoch


def _answer(e, lane, m, late):
    live = e.ledger.lanes[lane.index].live
    approved = m.code in rules.APPROVALS
    flags = records.ANSWER_APPROVED if approved else 0
    if late:
        flags |= records.ANSWER_LATE
    amount = m.amount if m.amount >= 0 else live.amount
    body = e.body(records.ANSWER_BYTES)
    bodies.put(
        records.ANSWER, body, live.id, lane.index, flags, m.code, e.time.wall,
        max(m.settle_date, 0), m.rrn, m.auth, *bodies.split(amount),
    )  # fmt: skip
    return e.append(records.ANSWER, body, True)


def late(e, lane, m):
    # An answer that nobody waits for: recorded, never handed on. It may settle what is unknown.
    live = e.ledger.lanes[lane.index].live
    if live.state not in (states.SENT, states.REVERSED, states.ATTENDED) or live.code:
        return False
    if not lane.past.answered_by(m):
        return False
    attended = live.state == states.ATTENDED
    if _answer(e, lane, m, True):
        e.log(events.LIVE_LATE, lane.index, m.code, m.stan)
        if attended and live.state == states.DECLINED:
            attention.close(e, lane, live.id, records.HOW_CONFIRMED)
    return True


def delivered(e, lane):
    live = e.ledger.lanes[lane.index].live
    lane.handing_conn = NOBODY
    body = e.body(records.DELIVER_BYTES)
    bodies.put(records.DELIVER, body, live.id, lane.index, e.time.wall)
    if e.append(records.DELIVER, body, True):
        e.log(events.DELIVERED, lane.index, live.code, live.stan)


def undelivered(e, lane):
    # Nobody was there to hear the approval. The terminal takes most of them back by itself; what
    # it never reverses is a person's at once.
    live = e.ledger.lanes[lane.index].live
    if live.state == states.APPROVED and not rules.is_reversed(live.kind):
        resolve(e, lane)


def lost(e, lane, _reason):
    e.log(events.LIVE_UNKNOWN, lane.index, lane.flight.kind, lane.flight.stan)
    if e.stand_in and e.stand_in.undo(e, lane, lane.flight.conn):
        return
    if not rules.is_reversed(lane.flight.kind):
        resolve(e, lane)  # no reversal will come: a person's at once


def silent(e, lane, _told):
    lost(e, lane, 0)
