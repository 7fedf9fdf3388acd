"""What is only passed on: sign-in, settlement, batch upload, and whatever is neither.

None of it is stored and none is ever answered from memory: a made-up sign-in has no keys, and a
made-up settlement makes the terminal delete its log. Keys turn at sign-in and totals at
settlement, so both wait, within their deadline, until the lane's store is empty. A terminal that
has waited in vain twice, with the line up and nothing confirmed for a while, is let through: what
is left may then be sealed under dead keys, or goes to a person before the batch is settled.
"""

from array import array

from tidegate.compat import const
from tidegate.core import attention, events, live, rules, tries
from tidegate.core.lanes import JOB_PASS, NOBODY, WAITING
from tidegate.journal import bodies, records
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message

_REFUSALS_MAX = const(2)
_UNREADABLE = (0, 0, 0, 0, 3, 0, 0, 0, 0, 3)  # told as an error, and as no totals
_BALANCED = const(1)  # the flag of a 0510: the totals agree
_STORE_MASK = 1 << records.STORE


def arrive(e, lane, conn, m):
    if lane.ask.same(m):
        lane.ask.conn = conn
        return
    if lane.phase == WAITING and lane.job == JOB_PASS and lane.sent_hash == m.hash8:
        lane.flight.conn = conn  # the link repeats what is out
        return
    if e.maintenance():
        _refuse(e, lane, conn, m)
        return
    if not e.take_ask(lane, conn, m):
        _refuse(e, lane, conn, m)
        return
    if rules.needs_empty_store(m.kind) and waiting(e, lane):
        lane.ask.insist = lane.refusals >= _REFUSALS_MAX
        lane.retry_ms = e.time.ms
        e.log(events.SESSION_HELD, lane.index, m.kind, m.stan)


def waiting(e, lane):
    # How many stored items are to go to the host.
    count = e.journal.open_count
    return count(lane.index, GROUP_REVERSAL) + count(lane.index, GROUP_ADVICE)


def route_of(e, lane):
    # Settlement and upload follow the batch's first request; the rest takes the first route.
    return e.ledger.lanes[lane.index].batch_route if _settles(lane.ask.kind) else 0


def _settles(kind):
    return message.class_of(kind) == message.CLS_SETTLEMENT


def write(e, lane):
    ask = lane.ask
    m = e.asked(lane)
    if rules.needs_empty_store(m.kind) and waiting(e, lane) and not ask.insist:
        return False  # something was stored while the line opened: it goes first
    if m.kind == message.KIND_SETTLEMENT and not _settle(e, lane, m):
        _refuse(e, lane, ask.conn, m)
        ask.clear()
        return False
    e.send(lane, ask.frame())
    lane.flight.wrote(m, ask.conn, ask.deadline_ms)
    passed = events.OTHER_PASSED if m.kind == message.KIND_OTHER else events.SESSION_PASSED
    e.log(passed, lane.index, m.kind, m.stan)
    # The frame stays in the ask's buffer: a batch upload is read again when it is answered.
    lane.sent_bytes = ask.length
    lane.sent_hash = ask.hash
    ask.clear()
    return True


def _settle(e, lane, m):
    # Proves what was delivered, hands on what is not known, and closes the batch for the store.
    if not live.resolve(e, lane):
        return False
    left = waiting(e, lane)
    for item_id in [i.id for i in e.journal.items(lane.index, _STORE_MASK, False)]:
        item = e.journal.open_item(item_id)
        doubt = tries.in_doubt(lane, item)
        why = records.WHY_NOT_REPEATABLE if doubt else records.WHY_SETTLED
        if not attention.attend(e, lane, item, why, 0, None):
            return False
    if not batch_entry(e, lane, records.BATCH_SETTLING, max(m.batch, 0), left, 0, 0):
        return False
    _totals_entry(e, lane, records.BATCH_TERMINAL, _totals(m))
    return True


def _totals(m):
    # Of F48, or nothing where that cannot be read: it is passed on as it is.
    totals = array("q", [0] * 10)
    try:
        message.totals(m, totals)
    except ValueError:
        totals = array("q", _UNREADABLE)
    return totals


def _totals_entry(e, lane, step, totals):
    # For a person who compares the books: domestic cards, and foreign ones where there are any.
    batch = e.ledger.lanes[lane.index].settling
    for part in (0, 1):
        debit, debits, credit, credits = totals[part * 5 : part * 5 + 4]
        if part and not debits + credits:
            break
        body = e.body(records.BATCH_BYTES)
        bodies.put(
            records.BATCH, body, 0, lane.index, step, part, debits, credits, batch, e.time.wall,
            *bodies.split(debit), *bodies.split(credit), 0, totals[4] & 0xFF, totals[9] & 0xFF,
        )  # fmt: skip
        e.append(records.BATCH, body, False)


def batch_entry(e, lane, step, batch, flags, domestic, foreign):
    books = e.ledger.lanes[lane.index].books
    body = e.body(records.BATCH_BYTES)
    bodies.put(
        records.BATCH, body, 0, lane.index, step, min(flags, 255), books.debit_count,
        books.credit_count, batch, e.time.wall, *bodies.split(books.debit_sum),
        *bodies.split(books.credit_sum), 0, domestic, foreign,
    )  # fmt: skip
    e.log(events.BATCH, lane.index, step, batch)
    return e.append(records.BATCH, body, True)


def answered(e, lane, m):
    flight = lane.flight
    kind = flight.kind
    if m.code == rules.OK and kind == message.KIND_SIGN_IN:
        _signed_in(e, lane, m)
    elif kind == message.KIND_SIGN_OFF:
        lane.refusals = 0
    elif kind == message.KIND_SETTLEMENT:
        _settled(e, lane, m)
    elif m.code == rules.OK and kind in (message.KIND_BATCH_UPLOAD, message.KIND_BATCH_END):
        _uploaded(e, lane, kind)
    e.host_time(m)
    e.log(events.SESSION_ANSWER, lane.index, kind, m.code)
    if flight.conn != NOBODY:
        e.reply(flight.conn, m.view)


def _signed_in(e, lane, m):
    lane.refusals = 0
    if m.index.has(62):
        # New keys: the seals of what is still in the store may be dead.
        body = e.body(records.BATCH_BYTES)
        stale = e.journal.next_id - 1 if waiting(e, lane) else 0
        bodies.put(
            records.BATCH, body, stale, lane.index, records.BATCH_KEYS, 0, 0, 0, 0, e.time.wall,
            0, 0, 0, 0, 0, 0, 0,
        )  # fmt: skip
        e.append(records.BATCH, body, True)
        e.log(events.KEYS, lane.index, e.ledger.lanes[lane.index].key_epoch, 0)
    if m.batch > 0 and m.batch != e.ledger.lanes[lane.index].books.batch:
        batch_entry(e, lane, records.BATCH_NUMBER, m.batch, 0, 0, 0)


def _settled(e, lane, m):
    lane.refusals = 0
    e.settlements += 1
    totals = _totals(m)
    if totals[4] != _BALANCED or totals[9] not in (0, _BALANCED):
        _totals_entry(e, lane, records.BATCH_HOST, totals)
    batch = e.ledger.lanes[lane.index].settling
    batch_entry(e, lane, records.BATCH_ANSWERED, batch, 0, totals[4] & 0xFF, totals[9] & 0xFF)


def _uploaded(e, lane, kind):
    if kind == message.KIND_BATCH_END:
        batch = e.ledger.lanes[lane.index].settling
        batch_entry(e, lane, records.BATCH_UPLOADED, batch, 0, 0, 0)
    if lane.sent_bytes:  # else the terminal has asked for something else meanwhile
        from tidegate.core import uploads

        uploads.close_named(e, lane, e.other.read(lane.dialect, lane.ask.view[: lane.sent_bytes]))


def unreachable(e, lane, _reason):
    ask = lane.ask
    _refuse(e, lane, ask.conn, e.asked(lane))
    ask.clear()


def expire(e, lane):
    # The store did not drain in time. Only a wait with the line up and nothing moving counts.
    stalled = e.time.ms - lane.confirmed_ms >= e.stall_ms
    if lane.line_ok and stalled and rules.needs_empty_store(lane.ask.kind):
        lane.refusals += 1
    _refuse(e, lane, lane.ask.conn, e.asked(lane))


def _refuse(e, lane, conn, m):
    # A sign-in hears 96; a settlement hears nothing and keeps its batch.
    e.log(events.SESSION_REFUSED, lane.index, m.kind, m.stan)
    if m.cls == message.CLS_SESSION:
        e.answer(conn, m, e.decline["busy"])


def lost(e, lane, _reason):
    e.log(events.SESSION_REFUSED, lane.index, lane.flight.kind, lane.flight.stan)


def silent(e, lane, _told):
    lost(e, lane, 0)
