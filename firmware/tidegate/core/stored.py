"""Store and forward: reversals and advices, durable before anything else is done with them.

With the line up an item is sent at once and the host's own answer, seal included, goes to the
terminal. When no answer comes in time the acceptance setting speaks. The item stays until the host
has taken it, a person has, or the terminal's own batch upload names it. Per lane: reversals first,
then advices, oldest first; one that the host puts off lets the others have their turn.
"""

from tidegate.compat import const
from tidegate.core import attention, events, keeping, rules, seen, tries
from tidegate.core.lanes import NOBODY
from tidegate.journal import records
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message

_STORE_MASK = 1 << records.STORE
_BACKOFF_MS_MIN = const(1000)


def arrive(e, lane, conn, m):
    # Everything about `m` that is needed after the store is taken before it: `e.other` and the
    # journal's scratch buffer are used for the comparison.
    if m.secret or not m.terminal:
        e.log(events.STORE_REFUSED, lane.index, m.kind, m.stan)
        e.answer(conn, m, e.decline["busy"])
        return
    told = lane.remembered
    if told.same(m) and e.time.ms < told.until_ms:
        e.log(events.LIVE_REMEMBERED, lane.index, m.kind, m.stan)
        e.reply(conn, told.frame())
        return
    reversal = m.kind == message.KIND_REVERSAL
    code = e.stand_in.take_back(e, lane, m) if reversal and e.stand_in else b""
    if code:
        e.answer(conn, m, code)
        return
    past = seen.before(e, lane, m)
    if keeping.is_done(e, lane, m, past):
        e.log(events.STORED_AGAIN, lane.index, m.kind, m.stan)
        e.answer(conn, m, rules.accepts(lane.dialect, False))
        return
    item_id = keeping.keep(e, lane, m, past)
    if not item_id:
        e.log(events.STORE_REFUSED, lane.index, m.kind, m.stan)
        e.answer(conn, m, e.decline["busy"])
        return
    lane.wait_conn = conn
    lane.wait_id = item_id
    lane.wait_deadline_ms = e.time.ms + e.deadline_ms
    lane.retry_ms = e.time.ms
    item = e.journal.open_item(item_id)
    if item is None or item.attention or e.maintenance():
        accept(e, lane)  # it will not be sent now


def holds_original(e, lane, ask):
    # A void or adjust waits for the item that its F61 names.
    if ask.orig_stan < 0 or not rules.names_an_original(ask.kind):
        return False
    for item in e.journal.items(lane.index, _STORE_MASK, False):
        if item.stan == ask.orig_stan:
            return True
    return False


def next_item(e, lane):
    item = e.journal.head(lane.index, GROUP_REVERSAL)
    if item is None:
        item = e.journal.head(lane.index, GROUP_ADVICE, lane.advice_after)
        if item is None and lane.advice_after:
            lane.advice_after = 0
            item = e.journal.head(lane.index, GROUP_ADVICE)
    return item


def route_of(e, lane, item):
    if item.kind != message.KIND_REVERSAL:
        return 0
    live = e.ledger.lanes[lane.index].live
    if live.stan == item.stan:
        return e.known_route(live.route)
    return e.sent_route(lane, item.stan)


def write(e, lane):
    # The item is looked up again: it may have been replaced or settled while the line opened.
    item = next_item(e, lane)
    if item is None:
        return False
    attempted = item.attempted
    try:
        frame = e.journal.frame(item)
        m = e.message.read(lane.dialect, frame)
    except (ValueError, OSError):
        attention.attend(e, lane, item, records.WHY_DAMAGED, 0, None)
        return False
    why = _forbidden(e, lane, item, m)
    if why:
        attention.attend(e, lane, item, why, 0, m)
        return False
    if not e.attempt(item, 0 if item.flags & records.FLAG_REPEAT else max(m.amount, 0)):
        back_off(e, lane)
        return False
    lane.item_id = item.id
    lane.item_again = attempted
    if item.flags & records.FLAG_STAND_IN:
        lane.guard_ms = e.time.ms + e.guard_ms  # its reversal must not overtake it
    lane.item_batch, lane.item_amount = m.batch, max(m.amount, 0)
    tries.count(e, lane, item.id)
    e.send(lane, frame)
    conn = lane.wait_conn if lane.wait_id == item.id else NOBODY
    lane.flight.wrote(m, conn, e.time.ms + e.deadline_ms)
    e.log(events.ITEM_SENT, lane.index, m.kind, m.stan)
    return True


def _forbidden(e, lane, item, m):
    # After its batch's 0500 an item is only sent while the terminal itself waits for it. What was
    # written to a host that books repeats is never written again. The power may have gone between
    # the store of what a person has to decide and the entry that tells the person.
    by_person = item.flags & records.FLAG_PERSON
    if item.flags & records.FLAG_DOUBT:
        same = lane.dialect.advice_idempotent
        return records.WHY_DIFFERS if same else records.WHY_NOT_REPEATABLE
    if tries.in_doubt(lane, item):
        return records.WHY_NOT_REPEATABLE
    books = e.ledger.lanes[lane.index]
    waits = lane.wait_conn != NOBODY and lane.wait_id == item.id
    if books.settling_seen and m.batch == books.settling and not waits and not by_person:
        return records.WHY_SETTLED
    return 0


def answered(e, lane, m):
    item = e.journal.open_item(lane.item_id)
    row = tries.row_of(lane, lane.item_id)
    if row:
        row[2] += 1
    _tell(e, lane, m)
    e.host_time(m)
    if item is None:
        return  # replaced by newer bytes meanwhile: those are sent next
    reversal = item.kind == message.KIND_REVERSAL
    attempted = lane.item_again or item.flags & (records.FLAG_ATTEMPTED | records.FLAG_REPEAT)
    verdict = rules.judge(reversal, m.code, attempted, _original(e, lane, item))
    if verdict >= 0:
        _confirm(e, lane, item, verdict, m)
    elif verdict == rules.FINAL:
        stale = m.code == rules.MAC_WRONG and item.id <= e.ledger.lanes[lane.index].stale_id
        why = records.WHY_STALE_KEY if stale else records.WHY_REFUSED
        tries.forget(lane, item.id)
        attention.attend(e, lane, item, why, m.code, m)
    else:
        # A second copy of this answer must not be taken for the answer to the next attempt.
        e.hang_up(lane)
        e.log(events.ITEM_AGAIN, lane.index, m.code, item.stan)
        _later(e, lane, item, m.code, m)


def _confirm(e, lane, item, how, m):
    reversal = item.kind == message.KIND_REVERSAL
    amount = 0 if reversal or item.flags & records.FLAG_REPEAT else _counts(e, lane, item)
    stan = item.stan
    lane.refusals = 0
    lane.confirmed_ms = e.time.ms
    if not e.done(item, how, amount):
        back_off(e, lane)
        return
    lane.backoff_ms = 0
    tries.forget(lane, lane.item_id)
    e.log(events.ITEM_DONE, lane.index, how, stan)
    if reversal:
        attention.close_reversed(e, lane, stan)
        if e.stand_in:
            e.stand_in.end_with_reversal(e, lane, stan)


def _counts(e, lane, item):
    # -> what it adds to the open batch. One of a batch that is closed adds to that; one whose
    # reversal stands in line adds nothing.
    if item.attention and attention.why_of(e, item) == records.WHY_TAKEN_BACK:
        return 0
    batch, amount = lane.item_batch, lane.item_amount
    kept = e.ledger.lanes[lane.index]
    if batch > 0 and kept.books.batch and batch != kept.books.batch:
        if batch == kept.settled.batch:
            e.correct(lane, records.BATCH_LATE, item.kind, amount, item.stan)
        return 0
    return amount


def _original(e, lane, item):
    # May "original not found" be the end of this reversal?
    if item.kind != message.KIND_REVERSAL:
        return rules.ORIGINAL_NONE
    live = e.ledger.lanes[lane.index].live
    if live.stan == item.stan:
        approved = live.approved
        sent = True
    elif e.stand_in and e.stand_in.is_on_its_way(e, lane, item.stan):
        sent, approved = True, False
    else:
        sent, approved = e.sent_state(lane, item.stan)
    if approved:
        return rules.ORIGINAL_APPROVED
    return rules.ORIGINAL_YOUNG if sent and e.time.ms < lane.guard_ms else rules.ORIGINAL_NONE


def _later(e, lane, item, code, m):
    # Put off, or not answered. When the route answers others and not this one, or answers this one
    # with what cannot be its end, a person looks.
    row = tries.row_of(lane, item.id)
    if row and (e.answers[lane.route] - row[3] > row[2] or rules.is_verdict(code)):
        too_old = e.time.trust and e.time.wall - item.wall_s > e.age_max_s
        if row[1] >= e.attempts_max or too_old:
            why = records.WHY_TOO_OLD if too_old else records.WHY_TOO_MANY
            tries.forget(lane, item.id)
            attention.attend(e, lane, item, why, code, m)
            return
    if code and item.kind != message.KIND_REVERSAL:
        lane.advice_after = item.id
    back_off(e, lane)


def back_off(e, lane):
    # Doubling from one second, with jitter, so that boards behind one router do not knock at once.
    step = lane.backoff_ms * 2 if lane.backoff_ms else _BACKOFF_MS_MIN
    lane.backoff_ms = min(step, e.backoff_ms_max)
    lane.retry_ms = e.time.ms + lane.backoff_ms + e.jitter(lane.backoff_ms // 4)


def _tell(e, lane, m):
    # The host's own answer, seal included, for the terminal that still waits for it.
    if lane.wait_conn == NOBODY or lane.wait_id != lane.item_id:
        return
    item = e.journal.open_item(lane.item_id)
    asked = e.stored_message(item, lane.dialect)
    if asked is not None:
        told = lane.remembered
        told.take(m.view, asked, lane.wait_conn)
        told.until_ms = e.time.ms + e.duplicate_ms
    e.reply(lane.wait_conn, m.view)
    lane.wait_conn = NOBODY


def accept(e, lane):
    # No answer came in time: the acceptance setting speaks, once.
    conn = lane.wait_conn
    lane.wait_conn = NOBODY
    m = e.stored_message(e.journal.open_item(lane.wait_id), lane.dialect)
    if conn == NOBODY or m is None:
        return
    code = rules.accepts(lane.dialect, m.kind == message.KIND_REVERSAL)
    e.log(events.ACCEPTED, lane.index, code[0] << 8 | code[1], m.stan)
    e.answer(conn, m, code)


def unreachable(e, lane, _reason):
    # Tried out of turn, because a terminal waits: that the line is still down is nothing new, and
    # a busy hour must not end in the longest pause.
    if lane.wait_conn == NOBODY and not lane.ask.length:
        back_off(e, lane)
        return
    if lane.wait_conn != NOBODY:
        accept(e, lane)
    pause_ms = lane.backoff_ms or _BACKOFF_MS_MIN
    lane.retry_ms = e.time.ms + pause_ms + e.jitter(pause_ms // 4)


def lost(e, lane, _reason):
    # Written, and the line went before an answer: not a refusal. The next look decides whether it
    # may be written again.
    e.log(events.ITEM_AGAIN, lane.index, 0, lane.flight.stan)
    item = e.journal.open_item(lane.item_id)
    if item is None or item.attention:
        back_off(e, lane)
    else:
        _later(e, lane, item, 0, e.stored_message(item, lane.dialect))


def silent(e, lane, _told):
    lost(e, lane, 0)
